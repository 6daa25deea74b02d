#include "routing/shared_risk.h"

#include <algorithm>

namespace routing {
namespace {

std::span<const NodeId> transit_of(const ExplicitRoute& route) {
  return route.empty() ? route.hops() : route.hops().first(route.size() - 1);
}

bool has_link(NodeId ingress, const ExplicitRoute& route, NodePair link) {
  NodeId from = ingress;
  for (const NodeId to : route.hops()) {
    if (NodePair(from, to) == link) return true;
    from = to;
  }
  return false;
}

template <typename T>
void add_once(std::vector<T>& list, const T& item) {
  if (std::ranges::find(list, item) == list.end()) list.push_back(item);
}

}  // namespace

int SharedRisk::tier() const {
  if (!nodes.empty() || !links.empty()) return kSharesNode;
  return (providers.empty() ? 0 : 2) + (regions.empty() ? 0 : 1);
}

SharedRisk shared_risk(const Topology& topology, NodeId ingress, const ExplicitRoute& a,
                       const ExplicitRoute& b) {
  SharedRisk shared;
  NodeId from = ingress;
  for (const NodeId to : a.hops()) {
    if (has_link(ingress, b, {from, to})) shared.links.emplace_back(from, to);
    from = to;
  }
  for (const NodeId node_a : transit_of(a)) {
    const TopologyNode* known_a = topology.find(node_a);
    for (const NodeId node_b : transit_of(b)) {
      const TopologyNode* known_b = topology.find(node_b);
      if (node_a == node_b) shared.nodes.push_back(node_a);
      if (known_a == nullptr || known_b == nullptr) continue;
      if (known_a->provider == known_b->provider) add_once(shared.providers, known_a->attributes.provider);
      if (known_a->region == known_b->region) add_once(shared.regions, known_a->attributes.region);
    }
  }
  return shared;
}

// Simple paths between the same ends that share a link share a node in transit, or are that link.
int shared_tier(const Topology& topology, const ExplicitRoute& a, const ExplicitRoute& b) {
  if (a == b) return SharedRisk::kSharesNode;
  bool provider = false;
  bool region = false;
  for (const NodeId node_a : transit_of(a)) {
    const TopologyNode* known_a = topology.find(node_a);
    for (const NodeId node_b : transit_of(b)) {
      if (node_a == node_b) return SharedRisk::kSharesNode;
      const TopologyNode* known_b = topology.find(node_b);
      if (known_a == nullptr || known_b == nullptr) continue;
      provider |= known_a->provider == known_b->provider;
      region |= known_a->region == known_b->region;
    }
  }
  return (provider ? 2 : 0) + (region ? 1 : 0);
}

}  // namespace routing
