// Packet buffers of one thread, handed out until all are taken back at once. Hands out the same, cache-warm
// buffers first, and grows when a round needs more than there ever were.
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

  // `ready`: buffers whose memory is there from the start, so that a thread which comes late to a full queue
  // need not wait for any.
  explicit BufferArena(std::size_t ready = 0) {
    CHECK(ready <= kMaxBuffers);
    while (buffers_.size() < ready)
      buffers_.emplace_back();
  }

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
  [[nodiscard]] std::size_t size() const { return buffers_.size(); }

 private:
  std::deque<PacketBuffer> buffers_;
  std::size_t used_ = 0;
};

}  // namespace overlay
