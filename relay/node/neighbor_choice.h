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
  // Round-trip time to it: measured, or estimated through a hub that is measured. Duration::max() when
  // unknown.
  overlay::Duration distance = overlay::Duration::max();
  bool usable = true;  // false: its link has been down for a while, or it drains
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

}  // namespace relay
