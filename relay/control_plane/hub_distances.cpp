#include "relay/control_plane/hub_distances.h"

#include <algorithm>

namespace relay {

HubDistance HubDistances::of(overlay::NodeId hub, const Neighbors& neighbors,
                             const routing::Topology* topology, overlay::Instant now) const {
  const auto exactly = [](overlay::Duration rtt) {
    return HubDistance{.at_least = rtt, .at_most = rtt, .measured = true};
  };
  if (const auto rtt = neighbors.rtt(hub)) return exactly(*rtt);
  const auto found = remembered_.find(hub);
  if (found != remembered_.end() && now - found->second.at < kMemory) return exactly(found->second.rtt);

  HubDistance distance;
  if (topology == nullptr) return distance;
  for (const overlay::NodeId via : neighbors.all()) {
    const auto first = neighbors.rtt(via);
    const auto* onward = topology->find_link(via, hub);
    if (!first || onward == nullptr || !onward->usable) continue;
    distance.at_least = std::max(distance.at_least, std::chrono::abs(*first - onward->rtt));
    distance.at_most = std::min(distance.at_most, *first + onward->rtt);
  }
  return distance;
}

}  // namespace relay
