// Consecutive UDP packets of one flow, given to the kernel as one large packet that the kernel segments (UDP
// generic segmentation offload). A video frame then crosses the stack once, not ten times. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "overlay/base/bytes.h"

namespace wan {

class UdpTrain {
 public:
  // Limits of the kernel: 64 segments (UDP_MAX_SEGMENTS) and an IP packet of 64 KiB.
  static constexpr std::size_t kMaxPackets = 32;
  static constexpr std::size_t kMaxBytes = 60'000;

  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] overlay::Bytes operator[](std::size_t i) const { return packets_[i]; }
  void clear();

  // Adds a view of an IP packet. The first packet is always accepted. A later one must belong to the same
  // flow and have the same size; only the last may be shorter. Returns false for other packets.
  [[nodiscard]] bool couple(overlay::Bytes packet);

  struct Head {
    std::array<std::uint8_t, 48> bytes{};  // IP and UDP headers of the large packet
    std::size_t size = 0;
    std::size_t ip_size = 0;
    bool is_v6 = false;
    std::size_t segment = 0;  // UDP payload of each packet except the last

    [[nodiscard]] overlay::Bytes view() const { return {bytes.data(), size}; }
  };
  // Needs at least two packets. The UDP checksum holds only the sum of the pseudo-header (CHECKSUM_PARTIAL).
  [[nodiscard]] Head head() const;
  // The data after the head: the packet's UDP payload.
  [[nodiscard]] overlay::Bytes payload(std::size_t i) const { return packets_[i].subspan(header_size_); }

 private:
  std::array<overlay::Bytes, kMaxPackets> packets_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
  std::size_t header_size_ = 0;  // IP and UDP; 0 when the first packet cannot start a train
  bool is_closed_ = false;       // the last packet was shorter, so no more fit
};

}  // namespace wan
