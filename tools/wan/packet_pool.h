// A fixed number of packet buffers, allocated once. The buffer that was released last is used first, so that
// an idle WAN touches little memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <optional>
#include <vector>

#include "overlay/base/bytes.h"
#include "overlay/base/check.h"
#include "tools/wan/host.h"

namespace wan {

struct Packet {
  static constexpr std::size_t kOffloadHeader = 10;  // the kernel's virtio_net_hdr
  static constexpr std::size_t kCapacity = 2032;     // of both

  HostIndex from;
  HostIndex to;
  std::uint16_t size;  // of the IP packet
  std::array<std::uint8_t, kCapacity> frame;

  [[nodiscard]] overlay::Bytes bytes() const { return {frame.data() + kOffloadHeader, size}; }
};

class PacketPool {
 public:
  using Slot = std::uint32_t;

  explicit PacketPool(std::size_t capacity)
      : packets_(static_cast<Packet*>(std::malloc(capacity * sizeof(Packet)))), free_(capacity) {
    CHECK(packets_ != nullptr);
    std::iota(free_.rbegin(), free_.rend(), Slot{0});
  }

  [[nodiscard]] std::optional<Slot> take() {
    if (free_.empty()) return std::nullopt;
    const Slot slot = free_.back();
    free_.pop_back();
    return slot;
  }
  void give_back(Slot slot) { free_.push_back(slot); }
  [[nodiscard]] Packet& operator[](Slot slot) { return packets_[slot]; }
  [[nodiscard]] std::size_t available() const { return free_.size(); }

 private:
  struct Free {
    void operator()(Packet* packets) const { std::free(packets); }
  };
  // Not new Packet[], which would touch all memory: the kernel provides a buffer's memory at its first use.
  std::unique_ptr<Packet[], Free> packets_;
  std::vector<Slot> free_;
};

}  // namespace wan
