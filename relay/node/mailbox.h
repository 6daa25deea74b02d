// Typed messages from one thread to another thread with an event loop: a bounded queue and the wake-up of the
// receiver. Exactly one thread sends and one receives; neither waits.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "overlay/base/bounded_queue.h"
#include "overlay/loop/wakeup.h"

namespace relay {

template <typename T>
class Mailbox {
 public:
  // `receiver` belongs to the receiving loop and outlives the mailbox.
  Mailbox(std::size_t capacity, overlay::Wakeup& receiver) : queue_(capacity), receiver_(receiver) {}

  // Sender. False when the mailbox is full; the message is then unchanged, and the sender counts or keeps it.
  [[nodiscard]] bool send(T&& message) {
    const bool is_queued = queue_.push(std::move(message));
    receiver_.notify();
    return is_queued;
  }

  // Receiver. After a wake-up of its loop, call it until it returns nullopt.
  [[nodiscard]] std::optional<T> receive() { return queue_.pop(); }

 private:
  overlay::BoundedQueue<T> queue_;
  overlay::Wakeup& receiver_;
};

}  // namespace relay
