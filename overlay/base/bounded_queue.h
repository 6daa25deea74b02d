// A bounded lock-free first-in first-out queue from one producer thread to one consumer thread. push() to a
// full queue fails: the producer counts the loss or keeps the item. Neither thread waits.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "overlay/base/check.h"

namespace overlay {

template <typename T>
class BoundedQueue {
 public:
  // Holds at most `capacity` items.
  explicit BoundedQueue(std::size_t capacity) : slots_(capacity + 1) { CHECK(capacity > 0); }

  // Producer thread only. False when full; the item is then unchanged.
  [[nodiscard]] bool push(T&& item) {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    const std::size_t next = after(tail);
    if (next == head_.load(std::memory_order_acquire)) return false;
    slots_[tail] = std::move(item);
    tail_.store(next, std::memory_order_release);
    return true;
  }

  // Consumer thread only.
  [[nodiscard]] std::optional<T> pop() {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return std::nullopt;
    std::optional<T> item(std::move(slots_[head]));
    slots_[head] = T{};
    head_.store(after(head), std::memory_order_release);
    return item;
  }

 private:
  [[nodiscard]] std::size_t after(std::size_t index) const {
    return index + 1 == slots_.size() ? 0 : index + 1;
  }

  std::vector<T> slots_;
  alignas(64) std::atomic<std::size_t> head_{0};
  alignas(64) std::atomic<std::size_t> tail_{0};
};

}  // namespace overlay
