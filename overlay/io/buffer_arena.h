// Packet buffers of one thread, handed out until all are taken back at once. Grows to what the busiest round
// needed and hands out the same, cache-warm buffers first.
#pragma once

#include <cstddef>
#include <deque>

#include "overlay/base/check.h"
#include "overlay/base/packet_buffer.h"

namespace overlay {

class BufferArena {
 public:
  // 18 MiB. What the sockets take in a round is bounded by the caller; this bounds what cores acquire on top.
  static constexpr std::size_t kMaxBuffers = 8192;

  // Empty, and stays where it is until release_all().
  [[nodiscard]] PacketBuffer& acquire() {
    CHECK(used_ < kMaxBuffers);
    if (used_ == buffers_.size()) buffers_.emplace_back();
    PacketBuffer& buffer = buffers_[used_++];
    buffer.clear();
    return buffer;
  }
  void release_all() { used_ = 0; }
  [[nodiscard]] std::size_t used() const { return used_; }

 private:
  std::deque<PacketBuffer> buffers_;
  std::size_t used_ = 0;
};

}  // namespace overlay
