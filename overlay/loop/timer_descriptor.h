// Owns one timer of the kernel's (timerfd), which fires once for each time that it is set.
#pragma once

#include "overlay/base/time.h"
#include "overlay/loop/file_descriptor.h"

namespace overlay {

class TimerDescriptor {
 public:
  // What take() does before the timer has fired.
  enum class Taking { kWaits, kReturns };

  // Aborts when the machine has no descriptor for it.
  explicit TimerDescriptor(Taking taking);

  // In place of any earlier deadline, fired or not. A deadline that has passed fires at once.
  void set(Instant deadline);
  // True if it has fired since it was set, and was not taken before.
  bool take();
  // Readable once it has fired.
  [[nodiscard]] int fd() const { return timer_.get(); }

 private:
  FileDescriptor timer_;
};

}  // namespace overlay
