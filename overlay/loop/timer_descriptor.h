// Owns one kernel timer (timerfd), which fires once for each set().
#pragma once

#include "overlay/base/time.h"
#include "overlay/loop/file_descriptor.h"

namespace overlay {

class TimerDescriptor {
 public:
  // Behaviour of take() before the timer has fired.
  enum class Taking { kWaits, kReturns };

  // Aborts when the process has no free descriptor.
  explicit TimerDescriptor(Taking taking);

  // Replaces the earlier deadline. A deadline in the past fires at once.
  void set(Instant deadline);
  // True if the timer has fired since set(), and take() did not return true since then.
  bool take();
  // Readable once it has fired.
  [[nodiscard]] int fd() const { return timer_.get(); }

 private:
  FileDescriptor timer_;
};

}  // namespace overlay
