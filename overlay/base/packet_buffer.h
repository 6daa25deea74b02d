// One datagram with headroom, so that headers are added and removed without moving the payload. The packet
// back end owns buffers; a core borrows a buffer for one call.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "overlay/base/bytes.h"
#include "overlay/base/check.h"

namespace overlay {

class PacketBuffer {
 public:
  static constexpr std::size_t kHeadroom = 192;
  static constexpr std::size_t kCapacity = 2304;
  // The largest datagram after the headroom, with room for an AEAD tag behind it.
  static constexpr std::size_t kMaxDatagram = kCapacity - kHeadroom - 32;

  PacketBuffer() = default;
  PacketBuffer(const PacketBuffer&) = delete;
  PacketBuffer& operator=(const PacketBuffer&) = delete;

  [[nodiscard]] Bytes bytes() const { return {storage_.data() + begin_, size_}; }
  [[nodiscard]] MutableBytes bytes() { return {storage_.data() + begin_, size_}; }
  [[nodiscard]] std::uint8_t* data() { return storage_.data() + begin_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t headroom() const { return begin_; }
  [[nodiscard]] std::size_t tailroom() const { return kCapacity - begin_ - size_; }

  void clear() {
    begin_ = kHeadroom;
    size_ = 0;
  }
  // The area for a receive call. Call resize() afterwards.
  [[nodiscard]] MutableBytes receive_area() {
    clear();
    return {storage_.data() + begin_, kMaxDatagram};
  }
  void resize(std::size_t size) {
    DCHECK(size <= kCapacity - begin_);
    size_ = size;
  }

  // Extends the front and returns the new bytes. The caller has checked headroom(); our headers need at most
  // 150 bytes.
  [[nodiscard]] MutableBytes prepend(std::size_t count) {
    CHECK(count <= begin_);
    begin_ -= count;
    size_ += count;
    return {storage_.data() + begin_, count};
  }
  // Extends the back and returns the new bytes.
  [[nodiscard]] MutableBytes append(std::size_t count) {
    CHECK(count <= tailroom());
    size_ += count;
    return {storage_.data() + begin_ + size_ - count, count};
  }
  void drop_front(std::size_t count) {
    CHECK(count <= size_);
    begin_ += count;
    size_ -= count;
  }
  void drop_back(std::size_t count) {
    CHECK(count <= size_);
    size_ -= count;
  }
  // Replaces the content. False when the bytes do not fit.
  [[nodiscard]] bool assign(Bytes from) {
    if (from.size() > kMaxDatagram) return false;
    clear();
    size_ = from.size();
    if (!from.empty()) std::memcpy(storage_.data() + begin_, from.data(), from.size());
    return true;
  }

 private:
  std::size_t begin_ = kHeadroom;
  std::size_t size_ = 0;
  std::array<std::uint8_t, kCapacity> storage_;
};

}  // namespace overlay
