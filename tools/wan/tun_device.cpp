#include "tools/wan/tun_device.h"

#include <array>

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include "tools/wan/system.h"

namespace wan {
namespace {

// Virtual I/O Device (VIRTIO) version 1.3, section 5.1.6 (its C header, linux/virtio_net.h, is not C++). In
// the byte order of this machine.
struct OffloadHeader {
  static constexpr std::uint8_t kNeedsChecksum = 1;
  static constexpr std::uint8_t kUdpSegmentation = 5;

  std::uint8_t flags;
  std::uint8_t gso_type;
  std::uint16_t header_size;
  std::uint16_t segment_size;
  std::uint16_t checksum_start;
  std::uint16_t checksum_offset;
};
static_assert(sizeof(OffloadHeader) == Packet::kOffloadHeader);

[[nodiscard]] iovec view(overlay::Bytes bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): an iovec for writev() is only read
  return {.iov_base = const_cast<std::uint8_t*>(bytes.data()), .iov_len = bytes.size()};
}

}  // namespace

overlay::Result<TunDevice> TunDevice::attach(const std::string& netns, const std::string& device) {
  auto visit = NetnsVisit::enter(netns);
  if (!visit) return overlay::Unexpected(visit.error());
  ifreq request{};
  if (device.empty() || device.size() >= sizeof(request.ifr_name))
    return overlay::failure("\"" + device + "\" is not a device name: use 1 to 15 characters");
  device.copy(request.ifr_name, device.size());
  if (::if_nametoindex(device.c_str()) == 0) return system_failure(device + " in " + netns);
  overlay::FileDescriptor tun(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!tun.is_open()) return system_failure("/dev/net/tun");
  request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
  if (::ioctl(tun.get(), TUNSETIFF, &request) != 0)
    return system_failure("attaching to " + device + " in " + netns);
  if (::ioctl(tun.get(), TUNSETOFFLOAD, TUN_F_CSUM) != 0) return system_failure("offload of " + device);
  return TunDevice(std::move(tun));
}

bool TunDevice::read(Packet& packet) {
  const auto got = ::read(fd(), packet.frame.data(), packet.frame.size());
  if (got <= static_cast<ssize_t>(Packet::kOffloadHeader)) return false;
  packet.size = static_cast<std::uint16_t>(static_cast<std::size_t>(got) - Packet::kOffloadHeader);
  return true;
}

bool TunDevice::write(const Packet& packet) {
  const std::size_t size = Packet::kOffloadHeader + packet.size;
  return ::write(fd(), packet.frame.data(), size) == static_cast<ssize_t>(size);
}

bool TunDevice::write(const UdpTrain& train) {
  const UdpTrain::Head head = train.head();
  OffloadHeader offload{.flags = OffloadHeader::kNeedsChecksum,
                        .gso_type = OffloadHeader::kUdpSegmentation,
                        .header_size = static_cast<std::uint16_t>(head.size),
                        .segment_size = static_cast<std::uint16_t>(head.segment),
                        .checksum_start = static_cast<std::uint16_t>(head.ip_size),
                        .checksum_offset = 6};  // RFC 768: where the checksum is in the UDP header

  std::array<iovec, UdpTrain::kMaxPackets + 2> parts;
  parts[0] = {.iov_base = &offload, .iov_len = sizeof(offload)};
  parts[1] = view(head.view());
  for (std::size_t i = 0; i < train.size(); ++i)
    parts[i + 2] = view(train.payload(i));
  return ::writev(fd(), parts.data(), static_cast<int>(train.size() + 2)) > 0;
}

}  // namespace wan
