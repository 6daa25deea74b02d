// Wakes the event loop of another thread. Any number of notifications before the loop gets to them cost one
// system call and one wake-up.
#pragma once

#include <atomic>

#include "overlay/loop/file_descriptor.h"

namespace overlay {

class Wakeup {
 public:
  Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  // Any thread. What was written before is visible to whoever returns from acknowledge() afterwards.
  void notify();

  // Receiving thread: call first, then look for what arrived.
  void acknowledge();
  [[nodiscard]] int fd() const { return eventfd_.get(); }

 private:
  FileDescriptor eventfd_;
  std::atomic<bool> is_pending_{false};
};

}  // namespace overlay
