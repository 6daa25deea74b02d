// Packet buffers of one thread. release_all() takes all buffers back at once; acquire() then reuses the same
// buffers, which are in the cache. The arena grows when a round needs more buffers than any round before. At
// its bound the arena hands out one spare buffer again and again: the bytes in it are lost, and nothing else.
#pragma once

#include <cstddef>
#include <deque>

#include "overlay/base/check.h"
#include "overlay/base/packet_buffer.h"

namespace overlay {

class BufferArena {
 public:
  // 18 MiB. The caller bounds the buffers for received datagrams of a round; this constant bounds all
  // buffers.
  static constexpr std::size_t kMaxBuffers = 8192;

  // `ready`: buffers to allocate at once, so that a thread with full socket queues does not wait for memory.
  explicit BufferArena(std::size_t ready = 0) {
    CHECK(ready <= kMaxBuffers);
    while (buffers_.size() < ready)
      buffers_.emplace_back();
  }

  // An empty buffer. It stays in place until release_all(). The spare buffer when all others are in use.
  [[nodiscard]] PacketBuffer& acquire() {
    if (used_ == kMaxBuffers) [[unlikely]] {
      spare_.clear();
      return spare_;
    }
    if (used_ == buffers_.size()) buffers_.emplace_back();
    PacketBuffer& buffer = buffers_[used_++];
    buffer.clear();
    return buffer;
  }
  // Nobody may send the spare buffer: several users write to it.
  [[nodiscard]] bool is_spare(const PacketBuffer& buffer) const { return &buffer == &spare_; }
  void release_all() { used_ = 0; }
  [[nodiscard]] std::size_t used() const { return used_; }
  [[nodiscard]] std::size_t size() const { return buffers_.size(); }

 private:
  std::deque<PacketBuffer> buffers_;
  PacketBuffer spare_;
  std::size_t used_ = 0;
};

}  // namespace overlay
