// Random networks, and every simple path in them: the oracle that solvers are held against.
#pragma once

#include <vector>

#include "network_builder.h"
#include "overlay/base/random.h"
#include "routing/path_policy.h"
#include "routing/path_quality.h"

namespace routing::testing {

struct RandomNetwork {
  unsigned hubs = 7;
  unsigned edges = 3;
  unsigned providers = 3;
  unsigned regions = 3;
  double density = 0.6;
  bool lossy = true;
};

// Edges are 1..edges, hubs follow.
inline std::shared_ptr<const Topology> draw(const RandomNetwork& shape, overlay::Random& random) {
  NetworkBuilder network;
  const unsigned last = shape.edges + shape.hubs;
  for (unsigned id = 1; id <= last; ++id) {
    const std::string provider = "provider-" + std::to_string(random.below(shape.providers));
    const std::string region = "region-" + std::to_string(random.below(shape.regions));
    if (id <= shape.edges)
      network.edge(id, provider, region);
    else
      network.hub(id, provider, region);
  }
  const auto draw_link = [&](unsigned from, unsigned to, double rtt_ms) {
    const bool has_loss = shape.lossy && random.unit() < 0.4;
    network.one_way(
        from, to,
        {.rtt_ms = rtt_ms, .loss = has_loss ? 0.05 * random.unit() : 0, .jitter_ms = 3 * random.unit()});
  };
  for (unsigned a = 1; a <= last; ++a) {
    for (unsigned b = a + 1; b <= last; ++b) {
      if (random.unit() >= shape.density) continue;
      const double rtt_ms = 2 + 150 * random.unit();
      draw_link(a, b, rtt_ms);
      draw_link(b, a, rtt_ms);
    }
  }
  return network.build();
}

struct OraclePath {
  ExplicitRoute route;
  PathQuality quality;
};

// Every simple path of at most `max_hops` whose transit nodes are hubs that are not drained.
inline void extend_all(const Topology& topology, NodeIndex source, NodeIndex at, NodeIndex destination,
                       std::vector<const TopologyLink*>& links, std::size_t max_hops,
                       std::vector<OraclePath>& found) {
  if (at == destination) {
    OraclePath path;
    PathMetric metric;
    for (const TopologyLink* link : links) {
      path.route.push_back(topology.nodes()[link->to].id());
      metric.append(*link);
    }
    path.quality = assess(metric);
    found.push_back(path);
    return;
  }
  const TopologyNode& here = topology.nodes()[at];
  if (links.size() == max_hops) return;
  if (at != source && (!here.attributes.is(Role::kHub) || here.drained)) return;
  for (const TopologyLink& link : topology.links_from(at)) {
    const bool visited = link.to == source || std::ranges::any_of(links, [&](const TopologyLink* earlier) {
                           return earlier->to == link.to;
                         });
    if (!link.usable || visited) continue;
    links.push_back(&link);
    extend_all(topology, source, link.to, destination, links, max_hops, found);
    links.pop_back();
  }
}

inline std::vector<OraclePath> all_paths(const Topology& topology, NodeIndex source, NodeIndex destination,
                                         std::size_t max_hops = ExplicitRoute::kMaxComputedHops) {
  std::vector<OraclePath> found;
  std::vector<const TopologyLink*> links;
  extend_all(topology, source, source, destination, links, max_hops, found);
  return found;
}

}  // namespace routing::testing
