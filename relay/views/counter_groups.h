// Everything that a node counts, by name, for `causeway counters`.
#pragma once

#include <vector>

#include "relay/control_plane/control_plane.h"
#include "relay/views/status_report.h"

namespace relay {

[[nodiscard]] std::vector<CounterGroup> counter_groups(const ControlPlane& control);

}  // namespace relay
