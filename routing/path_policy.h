// Restrictions for the path solver, set by the operator. The router adds links that are locally known to be
// down.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "routing/vocabulary.h"

namespace routing {

// A pair of nodes without direction: the smaller id first.
struct NodePair {
  NodePair(NodeId a, NodeId b) : low(a < b ? a : b), high(a < b ? b : a) {}
  NodeId low;
  NodeId high;
  auto operator<=>(const NodePair&) const = default;
};

struct PathPolicy {
  // Maximum number of links of a path; 4 links have three transit nodes.
  std::uint8_t max_hops = static_cast<std::uint8_t>(ExplicitRoute::kMaxComputedHops);
  // Only hubs carry transit. Drained nodes carry transit only when this is set.
  bool transit_through_drained = false;

  // Excluded from transit. Endpoints are not affected.
  std::set<NodeId> avoid_nodes;
  std::set<std::string> avoid_providers;
  std::set<std::string> avoid_regions;
  // Excluded completely.
  std::set<NodePair> avoid_links;
  // Preferred transit node of the active path, by destination; ignored while no path has it.
  std::map<NodeId, NodeId> pin_transit;

  // Maximum additional RTT of a standby that shares nothing with the active path.
  Duration max_standby_detour = std::chrono::milliseconds(100);

  bool operator==(const PathPolicy&) const = default;
};

}  // namespace routing
