// Keeps the kernel's periodic tick going on the core of a thread that rests thousands of times a second.
//
// A Linux core that has nothing to do stops its tick and starts it again when it is needed (NO_HZ): twice a
// timer is written, and in a virtual machine each write goes to the host. For rests of microseconds that is
// dearer than the ticks. Governors of idle cores know (menu, teo), haltpoll, which KVM guests use, and
// kernels without one do not. As long as a callback of RCU is waiting on a core, its tick stays; what is
// freed by RCU leaves one, for as long as a grace period, some milliseconds.
//
// Measured (KVM guest with haltpoll, 1,000 allocations x 50 packets/s, one wake-up for each 2.2
// packets): 12.7 us of the core for a packet, 14.4 without.
#pragma once

#include "overlay/base/time.h"

namespace overlay {

class TickKeeper {
 public:
  // At the end of each round of a thread's loop, before it waits. True when leave_callback() is worth its
  // cost.
  [[nodiscard]] bool end_round(Instant now) {
    ++rounds_;
    if (now - began_ < kInterval) return false;
    const bool is_due = rounds_ >= kWorthwhile;
    began_ = now;
    rounds_ = 0;
    return is_due;
  }

  // On the core that calls it. A socket is freed by RCU; that it is opened and closed costs 2 to 3 us.
  static void leave_callback();

 private:
  // Less than a grace period, so that there is always one waiting.
  static constexpr Duration kInterval = std::chrono::milliseconds(2);
  // Rounds in an interval from which on they cost more than a tick.
  static constexpr int kWorthwhile = 4;

  Instant began_{};
  int rounds_ = 0;
};

}  // namespace overlay
