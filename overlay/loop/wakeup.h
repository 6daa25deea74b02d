// Wakes the event loop of another thread. Several notifications before the loop reacts cost one system call
// and one wake-up.
#pragma once

#include <atomic>

#include "overlay/loop/file_descriptor.h"

namespace overlay {

class Wakeup {
 public:
  Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  // Any thread. A reader sees all writes before notify() after its acknowledge() returns.
  void notify();

  // Receiving thread: call this first, then read the queue.
  void acknowledge();
  [[nodiscard]] int fd() const { return eventfd_.get(); }

 private:
  FileDescriptor eventfd_;
  std::atomic<bool> is_pending_{false};
};

}  // namespace overlay
