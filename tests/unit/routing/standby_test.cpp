// Properties of the standby on random networks: as diverse as the graph allows, within reason.
#include <gtest/gtest.h>

#include "network_builder.h"
#include "random_network.h"
#include "routing/router.h"

namespace routing {
namespace standby_test {

using overlay::SeededRandom;
using testing::all_paths;
using testing::draw;
using testing::NetworkBuilder;
using testing::node;
using testing::OraclePath;
using testing::route;

// The least tier that any path but the active one has, within the detour and score that a standby may cost.
int best_tier(const Topology& topology, NodeId self, const RankedPath& active,
              std::span<const OraclePath> oracle) {
  int best = SharedRisk::kSharesNode + 1;
  for (const OraclePath& path : oracle) {
    const bool in_reason = path.quality.rtt <= active.quality.rtt + PathPolicy{}.max_standby_detour &&
                           path.quality.score >= active.quality.score - 20;
    if (path.route == active.route || !in_reason) continue;
    const int tier = shared_risk(topology, self, active.route, path.route).tier();
    EXPECT_EQ(shared_tier(topology, active.route, path.route), tier);
    best = std::min(best, tier);
  }
  return best;
}

void expect_most_diverse_standby(const Topology& topology, NodeId self, const DestinationPaths& paths) {
  const auto oracle = all_paths(topology, topology.index_of(self), topology.index_of(paths.destination));
  const int tier = best_tier(topology, self, paths.active(), oracle);
  const RankedPath* standby = paths.standby();
  EXPECT_EQ(standby != nullptr, oracle.size() > 1);
  if (standby == nullptr || tier > SharedRisk::kSharesNode) return;
  EXPECT_EQ(standby->shared_with_active.tier(), tier) << "destination " << paths.destination.value();
}

TEST(Standby, shares_as_little_with_the_active_path_as_the_graph_allows) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    SeededRandom random(seed);
    const auto topology =
        draw({.hubs = 8, .providers = 3, .regions = 4, .density = 0.5, .lossy = false}, random);
    Router router(node(1), random);

    router.update(topology, Instant{});

    for (const DestinationPaths& paths : router.table()->destinations)
      expect_most_diverse_standby(*topology, node(1), paths);
  }
}

// Ingress and egress are in aws; what counts is the transit.
TEST(Standby, differs_in_provider_and_region_of_transit) {
  const auto topology = NetworkBuilder()
                            .edge(1, "aws", "fra")
                            .edge(2, "aws", "lon")
                            .hub(11, "aws", "fra")
                            .hub(12, "gcp", "fra")
                            .hub(13, "aws", "lon")
                            .hub(14, "azure", "dub")
                            .link(1, 11, {.rtt_ms = 1})
                            .link(11, 2, {.rtt_ms = 14})
                            .link(1, 12, {.rtt_ms = 2})
                            .link(12, 2, {.rtt_ms = 14})
                            .link(1, 13, {.rtt_ms = 15})
                            .link(13, 2, {.rtt_ms = 1})
                            .link(1, 14, {.rtt_ms = 25})
                            .link(14, 2, {.rtt_ms = 12})
                            .build();
  SeededRandom random(1);
  Router router(node(1), random);

  router.update(topology, Instant{});

  const DestinationPaths& paths = *router.table()->find(node(2));
  EXPECT_EQ(paths.active().route, route({11, 2}));
  EXPECT_EQ(paths.standby()->route, route({14, 2}));
  EXPECT_TRUE(paths.standby()->shared_with_active.empty());
  EXPECT_EQ(paths.paths[2].reason.verdict, PathVerdict::kSharedRisk);
  EXPECT_EQ(paths.paths[2].shared_with_active.regions, std::vector<std::string>{"fra"});
}

TEST(Standby, accepts_shared_risk_rather_than_a_detour_beyond_reason) {
  const auto topology = NetworkBuilder()
                            .edge(1)
                            .edge(2)
                            .hub(11, "aws", "fra")
                            .hub(12, "gcp", "fra")
                            .hub(13, "azure", "syd")
                            .link(1, 11)
                            .link(11, 2)
                            .link(1, 12)
                            .link(12, 2)
                            .link(1, 13, {.rtt_ms = 280})
                            .link(13, 2, {.rtt_ms = 280})
                            .build();
  SeededRandom random(1);
  Router router(node(1), random);

  router.update(topology, Instant{});

  const RankedPath& standby = *router.table()->find(node(2))->standby();
  EXPECT_EQ(standby.route, route({12, 2}));
  EXPECT_EQ(standby.shared_with_active.regions, std::vector<std::string>{"fra"});
  EXPECT_TRUE(standby.shared_with_active.providers.empty());
}

TEST(SharedRisk, endpoints_are_shared_by_nature) {
  const auto topology = NetworkBuilder()
                            .edge(1, "aws", "fra")
                            .edge(2, "aws", "fra")
                            .hub(11, "aws", "fra")
                            .hub(12, "gcp", "lon")
                            .build();

  const SharedRisk direct = shared_risk(*topology, node(1), route({2}), route({11, 2}));
  const SharedRisk disjoint = shared_risk(*topology, node(1), route({11, 2}), route({12, 2}));
  const SharedRisk overlapping = shared_risk(*topology, node(1), route({11, 2}), route({11, 12, 2}));

  EXPECT_TRUE(direct.empty());
  EXPECT_TRUE(disjoint.empty());
  EXPECT_EQ(overlapping.tier(), SharedRisk::kSharesNode);
  EXPECT_EQ(overlapping.nodes, std::vector{node(11)});
  EXPECT_EQ(overlapping.links, (std::vector{NodePair(node(1), node(11))}));
}

}  // namespace standby_test
}  // namespace routing
