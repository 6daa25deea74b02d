// Which hubs a node keeps links with. Pure: the control plane asks again whenever the network changes.
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
  // Round-trip time to it: measured, or else at most that. Duration::max() when unknown.
  overlay::Duration distance = overlay::Duration::max();
  bool usable = true;    // false: its link has been down for a while, or it drains
  bool measured = true;  // false: it may be as near as `at_least`
  overlay::Duration at_least{};
};

struct OwnPlace {
  overlay::NodeId node;
  bool is_hub = false;
};

// A hub keeps links with every other hub. An edge keeps `homes` of them: usable ones first, of a provider
// that none of those chosen before has, so that no single provider takes all of its homes away, and then the
// nearest. The result is ordered by node id.
[[nodiscard]] std::vector<overlay::NodeId> choose_neighbors(const OwnPlace& own,
                                                            std::vector<HubCandidate> candidates,
                                                            std::size_t homes);

// The hub that an edge should measure next: the most promising of those that may be nearer than the chosen
// hubs of their provider, or than any chosen one where their provider has none. kNoNode when there is nothing
// to gain.
[[nodiscard]] overlay::NodeId choose_trial(const std::vector<HubCandidate>& candidates,
                                           const std::vector<overlay::NodeId>& chosen);

// Two hubs that are about as near as each other must not take turns as home: the one that stands is taken for
// nearer than it is by a fifth, and by 2 ms at least.
[[nodiscard]] overlay::Duration favored_as_home(overlay::Duration distance);

}  // namespace relay
