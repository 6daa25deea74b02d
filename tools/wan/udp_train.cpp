#include "tools/wan/udp_train.h"

#include <algorithm>
#include <cstring>

#include "overlay/base/check.h"
#include "overlay/base/wire.h"

namespace wan {
namespace {

using overlay::Bytes;
using overlay::load_be;
using overlay::store_be;

constexpr std::size_t kV4Header = 20;
constexpr std::size_t kV6Header = 40;
constexpr std::size_t kUdpHeader = 8;
constexpr std::uint8_t kUdp = 17;

// Size of the IP and UDP headers; 0 unless the packet is UDP over IP without options and fragments.
[[nodiscard]] std::size_t udp_header_size(Bytes packet) {
  if (packet.size() > kV4Header + kUdpHeader && packet[0] == 0x45) {
    const bool is_fragment = (load_be<std::uint16_t>(&packet[6]) & 0x3fff) != 0;
    const bool is_whole = load_be<std::uint16_t>(&packet[2]) == packet.size();
    return packet[9] == kUdp && is_whole && !is_fragment ? kV4Header + kUdpHeader : 0;
  }
  if (packet.size() > kV6Header + kUdpHeader && packet[0] >> 4 == 6) {
    const bool is_whole = load_be<std::uint16_t>(&packet[4]) == packet.size() - kV6Header;
    return packet[6] == kUdp && is_whole ? kV6Header + kUdpHeader : 0;
  }
  return 0;
}

[[nodiscard]] bool same(Bytes a, Bytes b, std::size_t offset, std::size_t count) {
  return std::memcmp(a.data() + offset, b.data() + offset, count) == 0;
}

// Traffic class, hop limit, addresses and ports are equal; lengths, identification and checksums may differ.
[[nodiscard]] bool same_flow(Bytes a, Bytes b) {
  if (a[0] >> 4 == 4)
    return same(a, b, 0, 2) && same(a, b, 6, 4) && same(a, b, 12, 8) && same(a, b, kV4Header, 4);
  return same(a, b, 0, 4) && same(a, b, 6, kV6Header - 6 + 4);
}

// RFC 1071: the ones' complement sum, not complemented.
[[nodiscard]] std::uint16_t ones_sum(Bytes bytes, std::uint32_t sum) {
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
    sum += load_be<std::uint16_t>(&bytes[i]);
  while (sum > 0xffff)
    sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

}  // namespace

void UdpTrain::clear() {
  count_ = 0;
  bytes_ = 0;
  is_closed_ = false;
}

bool UdpTrain::couple(Bytes packet) {
  if (count_ == 0) {
    header_size_ = udp_header_size(packet);
  } else {
    const Bytes first = packets_[0];
    if (is_closed_ || header_size_ == 0 || count_ == kMaxPackets || packet.size() > first.size() ||
        bytes_ + packet.size() > kMaxBytes || udp_header_size(packet) != header_size_ ||
        !same_flow(first, packet))
      return false;
    is_closed_ = packet.size() < first.size();
  }
  packets_[count_++] = packet;
  bytes_ += packet.size();
  return true;
}

UdpTrain::Head UdpTrain::head() const {
  CHECK(count_ >= 2 && header_size_ != 0);
  Head head{.size = header_size_,
            .ip_size = header_size_ - kUdpHeader,
            .is_v6 = header_size_ == kV6Header + kUdpHeader,
            .segment = packets_[0].size() - header_size_};
  std::copy_n(packets_[0].begin(), header_size_, head.bytes.begin());
  std::uint8_t* ip = head.bytes.data();
  std::uint8_t* udp = ip + head.ip_size;
  const std::size_t udp_size = bytes_ - count_ * header_size_ + kUdpHeader;
  const auto udp_length = static_cast<std::uint16_t>(udp_size);
  store_be<std::uint16_t>(udp + 4, udp_length);

  const std::size_t addresses = head.is_v6 ? 8 : 12;
  store_be<std::uint16_t>(udp + 6, ones_sum(head.view().subspan(addresses, head.ip_size - addresses),
                                            std::uint32_t{udp_length} + kUdp));
  if (head.is_v6) {
    store_be<std::uint16_t>(ip + 4, udp_length);
  } else {
    store_be<std::uint16_t>(ip + 2, static_cast<std::uint16_t>(udp_size + kV4Header));
    store_be<std::uint16_t>(ip + 10, 0);
    store_be<std::uint16_t>(ip + 10, static_cast<std::uint16_t>(~ones_sum(head.view().first(kV4Header), 0)));
  }
  return head;
}

}  // namespace wan
