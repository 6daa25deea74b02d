// The WAN's end of one host's TUN device. Packets carry the kernel's offload header (virtio_net_hdr), so that
// hosts of one machine skip checksums and one call writes a train of UDP packets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "overlay/base/result.h"
#include "overlay/loop/file_descriptor.h"
#include "tools/wan/packet_pool.h"
#include "tools/wan/udp_train.h"

namespace wan {

class TunDevice {
 public:
  // Attaches to an existing device that is not in use. Reads and writes do not block.
  [[nodiscard]] static overlay::Result<TunDevice> attach(const std::string& netns, const std::string& device);

  [[nodiscard]] int fd() const { return fd_.get(); }
  // False when no packet waits.
  [[nodiscard]] bool read(Packet& packet);
  // False when the device rejected the packet.
  [[nodiscard]] bool write(const Packet& packet);
  // Writes at least two packets. False when the kernel has no UDP trains (before Linux 6.2).
  [[nodiscard]] bool write(const UdpTrain& train);

 private:
  explicit TunDevice(overlay::FileDescriptor fd) : fd_(std::move(fd)) {}
  overlay::FileDescriptor fd_;
};

}  // namespace wan
