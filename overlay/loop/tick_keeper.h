// Keeps the kernel's periodic tick running on the core of a thread that pauses thousands of times a second.
//
// An idle Linux core stops its tick and starts it again later (NO_HZ). Both write a timer, and in a virtual
// machine each write goes to the host. For pauses of microseconds these writes cost more than the ticks. The
// idle governors menu and teo avoid them; haltpoll (used by KVM guests) and kernels without a governor do
// not. A core with a waiting RCU callback keeps its tick. Freeing an object through RCU creates such a
// callback for one grace period, some milliseconds.
//
// tests/bench/RESULTS.md has the effect: 12.7 us instead of 14.4 us of core time for a packet.
#pragma once

#include "overlay/base/time.h"

namespace overlay {

class TickKeeper {
 public:
  // Call it at the end of each round of the loop, before the wait. True when leave_callback() saves more than
  // it costs.
  [[nodiscard]] bool end_round(Instant now) {
    ++rounds_;
    if (now - began_ < kInterval) return false;
    const bool is_due = rounds_ >= kWorthwhile;
    began_ = now;
    rounds_ = 0;
    return is_due;
  }

  // Acts on the calling core. It opens and closes a socket, which RCU frees; cost: 2 to 3 us.
  static void leave_callback();

 private:
  // Shorter than a grace period, so that a callback is always waiting.
  static constexpr Duration kInterval = std::chrono::milliseconds(2);
  // From this number of rounds in an interval, the rounds cost more than a tick.
  static constexpr int kWorthwhile = 4;

  Instant began_{};
  int rounds_ = 0;
};

}  // namespace overlay
