// Draws small networks for tests: nodes with attributes, links with figures, and the topology they make.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "routing/link_state_db.h"
#include "routing/topology.h"

namespace routing::testing {

using std::chrono::milliseconds;

inline NodeId node(unsigned id) {
  return NodeId(static_cast<std::uint16_t>(id));
}

struct LinkFigures {
  double rtt_ms = 10;
  double loss = 0;
  double jitter_ms = 0;
  std::uint8_t load = 0;
  AdjacencyState state = AdjacencyState::kUp;
};

inline Duration from_ms(double ms) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(ms));
}

class NetworkBuilder {
 public:
  NetworkBuilder& hub(unsigned id, std::string provider, std::string region) {
    return add(id, Role::kHub, std::move(provider), std::move(region));
  }
  NetworkBuilder& edge(unsigned id, std::string provider = "p", std::string region = "r") {
    return add(id, Role::kEdge, std::move(provider), std::move(region));
  }
  NetworkBuilder& one_way(unsigned from, unsigned to, LinkFigures figures = {}) {
    Adjacency adjacency{.neighbor = node(to), .state = figures.state, .load = figures.load};
    adjacency.rtt = from_ms(figures.rtt_ms);
    adjacency.jitter = from_ms(figures.jitter_ms);
    adjacency.loss = figures.loss;
    adjacencies_[node(from)][node(to)] = adjacency;
    return *this;
  }
  NetworkBuilder& link(unsigned a, unsigned b, LinkFigures figures = {}) {
    return one_way(a, b, figures).one_way(b, a, figures);
  }
  NetworkBuilder& cut(unsigned a, unsigned b) {
    adjacencies_[node(a)].erase(node(b));
    adjacencies_[node(b)].erase(node(a));
    return *this;
  }
  NetworkBuilder& drain(unsigned id) {
    drained_.push_back(node(id));
    return *this;
  }

  [[nodiscard]] std::shared_ptr<const Topology> build() const {
    LinkStateDb db(kNoNode, 0xffff);
    for (const auto& [id, attributes] : attributes_) {
      LinkStateRecord record;
      record.key = {id, 1, 1};
      record.lifetime_s = 60;
      if (std::ranges::find(drained_, id) != drained_.end()) record.flags = kFlagDrained;
      if (const auto found = adjacencies_.find(id); found != adjacencies_.end())
        for (const auto& [neighbor, adjacency] : found->second)
          record.adjacencies.push_back(adjacency);
      db.insert(record, Instant{});
    }
    return Topology::build(db, attributes_);
  }

 private:
  NetworkBuilder& add(unsigned id, Role role, std::string provider, std::string region) {
    attributes_[node(id)] = {.id = node(id),
                             .name = "n" + std::to_string(id),
                             .provider = std::move(provider),
                             .region = std::move(region),
                             .zone = {},
                             .roles = static_cast<std::uint8_t>(role)};
    return *this;
  }

  std::map<NodeId, NodeAttributes> attributes_;
  std::map<NodeId, std::map<NodeId, Adjacency>> adjacencies_;
  std::vector<NodeId> drained_;
};

inline ExplicitRoute route(std::initializer_list<unsigned> hops) {
  ExplicitRoute result;
  for (const unsigned hop : hops)
    result.push_back(node(hop));
  return result;
}

}  // namespace routing::testing
