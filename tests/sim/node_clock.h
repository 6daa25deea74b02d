// The clock of one simulated machine: its steady timeline starts at its own origin and runs a little fast or
// slow, and its calendar can be set wrong or jump.
#pragma once

#include <cstdint>

#include "overlay/base/time.h"
#include "tests/sim/sim_time.h"

namespace sim {

struct ClockConfig {
  Duration origin{};                   // what the steady timeline shows at SimTime zero
  std::int64_t parts_per_million = 0;  // how much faster it runs than true time
  overlay::UnixSeconds calendar{};     // civil time at SimTime zero
};

class NodeClock {
 public:
  explicit NodeClock(ClockConfig config) : config_(config) {}

  [[nodiscard]] overlay::Instant local(SimTime at) const;
  // The first moment at which the local timeline shows `instant` or later; kSimNever for kNever.
  [[nodiscard]] SimTime when(overlay::Instant instant) const;
  [[nodiscard]] overlay::WallClock wall() const;
  void jump_calendar(overlay::UnixSeconds by) { config_.calendar += by; }

 private:
  ClockConfig config_;
};

}  // namespace sim
