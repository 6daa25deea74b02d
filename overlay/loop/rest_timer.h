// Pauses of a thread that pauses thousands of times a second (WakeupPacer).
//
// When a timer becomes the first of its core, the kernel writes the core's clock; when the timer has fired,
// it writes the clock again. In a virtual machine each write goes to the host and may cost more than
// everything else in a pause. This class sets the timer of the following pause before the current pause
// begins: the write at the end of the current pause then serves the following timer, and no other write
// happens.
//
// tests/bench/RESULTS.md has the effect: 11.2 us instead of 12.1 us of core time for a packet.
#pragma once

#include <array>
#include <cstddef>

#include "overlay/base/time.h"
#include "overlay/loop/timer_descriptor.h"

namespace overlay {

class RestTimer {
 public:
  // Sleeps until `deadline`; the thread reacts to no event meanwhile. `next` is the expected end of the
  // following pause: a wrong guess costs one useless timer.
  void rest_until(Instant deadline, Instant next);

 private:
  struct Alarm {
    TimerDescriptor timer{TimerDescriptor::Taking::kWaits};
    Instant due = kNever;

    void set(Instant deadline);
    void wait();
  };

  std::array<Alarm, 2> alarms_;
  std::size_t turn_ = 0;
};

}  // namespace overlay
