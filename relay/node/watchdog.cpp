#include "relay/node/watchdog.h"

#include <algorithm>
#include <utility>

#include "relay/views/metrics.h"

namespace relay {

Watchdog::Verdict Watchdog::check(std::span<const overlay::Instant> reported_at, overlay::Instant now) {
  std::optional<std::size_t> stalled;
  for (std::size_t core = 0; core < reported_at.size() && !stalled; ++core)
    if (now - std::max(reported_at[core], started_) > kPlaneSilence) stalled = core;
  const bool has_changed = std::exchange(stalled_, stalled) != stalled;
  return {.stalled = stalled, .has_changed = has_changed};
}

}  // namespace relay
