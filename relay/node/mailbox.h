// Typed messages from one thread to another that sits in an event loop: a bounded queue and the receiver's
// wake-up. Exactly one thread sends and one receives; nobody waits.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "overlay/base/bounded_queue.h"
#include "overlay/io/wakeup.h"

namespace relay {

template <typename T>
class Mailbox {
 public:
  // `receiver` belongs to the receiving loop and outlives the mailbox.
  Mailbox(std::size_t capacity, overlay::Wakeup& receiver) : queue_(capacity), receiver_(receiver) {}

  // Sender. False when the mailbox is full: the message is lost and counted, unless the sender kept a copy.
  [[nodiscard]] bool send(T message) {
    const bool is_queued = queue_.push(std::move(message));
    if (!is_queued) lost_.fetch_add(1, std::memory_order_relaxed);
    receiver_.notify();
    return is_queued;
  }

  // Receiver, after its loop was woken; until it returns nothing.
  [[nodiscard]] std::optional<T> receive() { return queue_.pop(); }

  // Any thread.
  [[nodiscard]] std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

 private:
  overlay::BoundedQueue<T> queue_;
  overlay::Wakeup& receiver_;
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace relay
