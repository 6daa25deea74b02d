// A bounded lock-free first-in first-out queue from one producer thread to one consumer thread. push() to a
// full queue fails: the producer counts the loss or keeps the item. Neither thread waits. An item exists from
// its push to its pop, so the kernel gives no memory for slots that are never used: 64 threads have 4,096
// queues between them, and most of those stay empty.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "overlay/base/check.h"

namespace overlay {

template <typename T>
class BoundedQueue {
 public:
  // Holds at most `capacity` items.
  explicit BoundedQueue(std::size_t capacity)
      : slot_count_(capacity + 1), slots_(std::allocator<T>().allocate(slot_count_)) {
    CHECK(capacity > 0);
  }
  ~BoundedQueue() {
    while (pop().has_value())
      continue;
    std::allocator<T>().deallocate(slots_, slot_count_);
  }
  BoundedQueue(const BoundedQueue&) = delete;
  BoundedQueue& operator=(const BoundedQueue&) = delete;

  // Producer thread only. False when full; the item is then unchanged.
  [[nodiscard]] bool push(T&& item) {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    const std::size_t next = after(tail);
    if (next == head_.load(std::memory_order_acquire)) return false;
    std::construct_at(slots_ + tail, std::move(item));
    tail_.store(next, std::memory_order_release);
    return true;
  }

  // Consumer thread only.
  [[nodiscard]] std::optional<T> pop() {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return std::nullopt;
    std::optional<T> item(std::move(slots_[head]));
    std::destroy_at(slots_ + head);
    head_.store(after(head), std::memory_order_release);
    return item;
  }

 private:
  [[nodiscard]] std::size_t after(std::size_t index) const {
    return index + 1 == slot_count_ ? 0 : index + 1;
  }

  std::size_t slot_count_;
  T* slots_;  // only those from head_ to tail_ hold an item
  alignas(64) std::atomic<std::size_t> head_{0};
  alignas(64) std::atomic<std::size_t> tail_{0};
};

}  // namespace overlay
