// Consecutive UDP packets of one flow, handed to the kernel as one large packet that it cuts up again (UDP
// generic segmentation offload): one trip up the stack for a video frame instead of ten. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "overlay/base/bytes.h"

namespace wan {

class UdpTrain {
 public:
  // The kernel's limit has been 64 segments (UDP_MAX_SEGMENTS), in an IP packet of 64 KiB.
  static constexpr std::size_t kMaxPackets = 32;
  static constexpr std::size_t kMaxBytes = 60'000;

  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] overlay::Bytes operator[](std::size_t i) const { return packets_[i]; }
  void clear();

  // Takes a view of an IP packet. The first is always taken; a later one only if it is of the same flow and
  // of the same size as all before (only the last may be shorter); false otherwise.
  [[nodiscard]] bool couple(overlay::Bytes packet);

  struct Head {
    std::array<std::uint8_t, 48> bytes{};  // IP and UDP headers of the large packet
    std::size_t size = 0;
    std::size_t ip_size = 0;
    bool is_v6 = false;
    std::size_t segment = 0;  // UDP payload of each packet but the last

    [[nodiscard]] overlay::Bytes view() const { return {bytes.data(), size}; }
  };
  // At least two packets. The UDP checksum holds the sum of the pseudo-header only, as for CHECKSUM_PARTIAL.
  [[nodiscard]] Head head() const;
  // What follows the head: the packet's UDP payload.
  [[nodiscard]] overlay::Bytes payload(std::size_t i) const { return packets_[i].subspan(header_size_); }

 private:
  std::array<overlay::Bytes, kMaxPackets> packets_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
  std::size_t header_size_ = 0;  // IP and UDP; 0 when the first packet is not one to couple to
  bool is_closed_ = false;       // the last packet was shorter
};

}  // namespace wan
