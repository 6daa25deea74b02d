// The WAN's end of one host's TUN device. Packets carry the kernel's offload header (virtio_net_hdr), so that
// checksums are left out between two hosts of one machine and trains of UDP packets go in with one call.
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
  // Attaches to a device that exists and is not in use. It will not block.
  [[nodiscard]] static overlay::Result<TunDevice> attach(const std::string& netns, const std::string& device);

  [[nodiscard]] int fd() const { return fd_.get(); }
  // False when nothing waits.
  [[nodiscard]] bool read(Packet& packet);
  // False when the device did not take it.
  [[nodiscard]] bool write(const Packet& packet);
  // At least two packets. False when the kernel does not know trains (before Linux 6.2).
  [[nodiscard]] bool write(const UdpTrain& train);

 private:
  explicit TunDevice(overlay::FileDescriptor fd) : fd_(std::move(fd)) {}
  overlay::FileDescriptor fd_;
};

}  // namespace wan
