// The simulation's own time: what an omniscient observer reads. Nodes never see it; each has a clock with an
// origin, a skew and a calendar of its own (node_clock.h), and the types keep the two apart.
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
