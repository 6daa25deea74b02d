// The risks that two paths between the same endpoints share. The endpoints do not count. Providers and
// regions are those of the transit nodes.
#pragma once

#include <string>
#include <vector>

#include "routing/path_policy.h"
#include "routing/topology.h"

namespace routing {

struct SharedRisk {
  std::vector<NodePair> links;
  std::vector<NodeId> nodes;
  std::vector<std::string> providers;
  std::vector<std::string> regions;

  [[nodiscard]] bool empty() const {
    return links.empty() && nodes.empty() && providers.empty() && regions.empty();
  }
  // Severity: 0 nothing shared, 1 a region, 2 a provider, 3 both, kSharesNode a node or a link.
  [[nodiscard]] int tier() const;
  static constexpr int kSharesNode = 4;
  bool operator==(const SharedRisk&) const = default;
};

// Nodes that are not in `topology` count as nodes without provider and region.
[[nodiscard]] SharedRisk shared_risk(const Topology& topology, NodeId ingress, const ExplicitRoute& a,
                                     const ExplicitRoute& b);

// shared_risk(...).tier() for simple paths between the same ends, without the names.
[[nodiscard]] int shared_tier(const Topology& topology, const ExplicitRoute& a, const ExplicitRoute& b);

}  // namespace routing
