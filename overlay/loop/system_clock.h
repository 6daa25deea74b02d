// Where Instants come from in production. Shells read the clock once for each input and hand it to the cores.
#pragma once

#include <ctime>

#include "overlay/base/time.h"

namespace overlay {

// CLOCK_MONOTONIC.
[[nodiscard]] Instant system_now();

// Civil time as of now. Refresh it now and then: the system's clock may be set.
[[nodiscard]] WallClock system_wall_clock();

// As system calls want it.
[[nodiscard]] timespec as_timespec(Instant time);

// Sleeps until then, as exactly as the machine can; of no use in a thread that should react to anything.
void sleep_until(Instant deadline);
// Timers of the calling thread fire when they are due, not up to 50 us later to save wake-ups.
void make_timers_exact();

}  // namespace overlay
