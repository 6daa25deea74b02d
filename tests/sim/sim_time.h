// The time of the simulation, for the observer. Nodes never see it: each node has a clock with its own
// origin, skew and calendar (node_clock.h), and the types keep both apart.
#pragma once

#include <chrono>

#include "overlay/base/time.h"

namespace sim {

struct SimTimeline {
  using duration = overlay::Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<SimTimeline>;
  static constexpr bool is_steady = true;
};

using Duration = overlay::Duration;
using SimTime = SimTimeline::time_point;
inline constexpr SimTime kSimNever = SimTime::max();

}  // namespace sim
