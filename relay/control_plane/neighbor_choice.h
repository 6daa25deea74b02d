// Chooses the hubs that a node keeps links with. Pure: the control plane asks again whenever the network
// changes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "overlay/base/ids.h"
#include "overlay/base/time.h"

namespace relay {

struct HubCandidate {
  overlay::NodeId node;
  std::string provider;
  // Round-trip time: measured, or an upper bound. Duration::max() when unknown.
  overlay::Duration distance = overlay::Duration::max();
  bool usable = true;    // false: its link has been down for a while, or the hub drains
  bool measured = true;  // false: the hub may be as near as `at_least`
  overlay::Duration at_least{};
};

struct OwnPlace {
  overlay::NodeId node;
  bool is_hub = false;
};

// A hub keeps links with every other hub. An edge keeps links with `homes` hubs. It prefers usable hubs, then
// hubs of a provider without a chosen hub (so that the loss of one provider does not remove all homes), then
// near hubs. The result is ordered by node id.
[[nodiscard]] std::vector<overlay::NodeId> choose_neighbors(const OwnPlace& own,
                                                            std::vector<HubCandidate> candidates,
                                                            std::size_t homes);

// The hub that an edge should measure next: the most promising one that may be nearer than the chosen hubs of
// its provider, or nearer than any chosen hub if its provider has none. kNoNode when no hub can be nearer.
[[nodiscard]] overlay::NodeId choose_trial(const std::vector<HubCandidate>& candidates,
                                           const std::vector<overlay::NodeId>& chosen);

// Prevents that two hubs at similar distances alternate as home: the distance of the current home is reduced
// by a fifth, and by 2 ms at least.
[[nodiscard]] overlay::Duration favored_as_home(overlay::Duration distance);

}  // namespace relay
