// What the path solver may use. Set by the operator; the router adds links that are locally known to be down.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "routing/vocabulary.h"

namespace routing {

// Either direction: the smaller id first.
struct NodePair {
  NodePair(NodeId a, NodeId b) : low(a < b ? a : b), high(a < b ? b : a) {}
  NodeId low;
  NodeId high;
  auto operator<=>(const NodePair&) const = default;
};

struct PathPolicy {
  // Links of a path, ingress and egress included: at most three nodes of transit.
  std::uint8_t max_hops = static_cast<std::uint8_t>(ExplicitRoute::kMaxComputedHops);
  // Transit needs the hub role, always; nodes that are drained carry none.
  bool transit_through_drained = false;

  // Never as transit. Endpoints are not affected.
  std::set<NodeId> avoid_nodes;
  std::set<std::string> avoid_providers;
  std::set<std::string> avoid_regions;
  // Not at all.
  std::set<NodePair> avoid_links;
  // By destination: the transit node that the active path should have, as long as one does.
  std::map<NodeId, NodeId> pin_transit;

  // Accepted for a standby that shares nothing with the active path.
  Duration max_standby_detour = std::chrono::milliseconds(100);

  bool operator==(const PathPolicy&) const = default;
};

}  // namespace routing
