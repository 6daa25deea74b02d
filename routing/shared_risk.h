// What two paths between the same endpoints share, and would therefore lose together. The endpoints
// themselves are shared by nature and do not count; providers and regions are those of the nodes in transit.
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
  // How bad that is: 0 nothing shared, 1 a region, 2 a provider, 3 both, kSharesNode a node or a link.
  [[nodiscard]] int tier() const;
  static constexpr int kSharesNode = 4;
  bool operator==(const SharedRisk&) const = default;
};

// Nodes that `topology` does not know count as nodes, but have no provider or region.
[[nodiscard]] SharedRisk shared_risk(const Topology& topology, NodeId ingress, const ExplicitRoute& a,
                                     const ExplicitRoute& b);

// shared_risk(...).tier() of simple paths between the same ends, without naming what is shared.
[[nodiscard]] int shared_tier(const Topology& topology, const ExplicitRoute& a, const ExplicitRoute& b);

}  // namespace routing
