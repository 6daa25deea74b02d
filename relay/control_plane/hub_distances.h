// Round-trip times from this node to hubs: measured on a current link, remembered from an earlier link, or
// bounded by the triangle over a measured neighbor. Owned by the control plane.
#pragma once

#include <map>

#include "overlay/base/ids.h"
#include "overlay/base/time.h"
#include "relay/control_plane/neighbors.h"
#include "routing/topology.h"

namespace relay {

struct HubDistance {
  overlay::Duration at_least{};
  overlay::Duration at_most = overlay::Duration::max();
  bool measured = false;  // both bounds equal the measurement
};

class HubDistances {
 public:
  // Maximum age of a remembered measurement, because Internet routes change.
  static constexpr overlay::Duration kMemory = std::chrono::minutes(10);

  // Duration::max() for a hub that does not answer.
  void remember(overlay::NodeId hub, overlay::Duration rtt, overlay::Instant now) {
    remembered_[hub] = {.rtt = rtt, .at = now};
  }
  // `topology` may be null.
  [[nodiscard]] HubDistance of(overlay::NodeId hub, const Neighbors& neighbors,
                               const routing::Topology* topology, overlay::Instant now) const;

 private:
  struct Remembered {
    overlay::Duration rtt;
    overlay::Instant at;
  };
  std::map<overlay::NodeId, Remembered> remembered_;
};

}  // namespace relay
