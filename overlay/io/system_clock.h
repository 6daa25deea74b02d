// Where Instants come from in production. Shells read the clock once for each input and hand it to the cores.
#pragma once

#include "overlay/base/time.h"

namespace overlay {

// CLOCK_MONOTONIC.
[[nodiscard]] Instant system_now();

// Civil time as of now. Refresh it now and then: the system's clock may be set.
[[nodiscard]] WallClock system_wall_clock();

}  // namespace overlay
