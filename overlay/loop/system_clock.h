// The production clock. Shells read it once for each input and pass the time to the cores.
#pragma once

#include <ctime>

#include "overlay/base/time.h"

namespace overlay {

// CLOCK_MONOTONIC.
[[nodiscard]] Instant system_now();

// Current civil time. Refresh it regularly, because the system's clock may be set.
[[nodiscard]] WallClock system_wall_clock();

// The form for system calls.
[[nodiscard]] timespec as_timespec(Instant time);

// Sleeps until `deadline`, as exactly as the machine allows; the thread reacts to no event meanwhile.
void sleep_until(Instant deadline);
// Timers of the calling thread fire on time; by default the kernel delays them by up to 50 us.
void make_timers_exact();

}  // namespace overlay
