#include "routing/path_solver.h"

#include <gtest/gtest.h>

#include "network_builder.h"
#include "random_network.h"

namespace routing {
namespace path_solver_test {

using overlay::SeededRandom;
using testing::all_paths;
using testing::draw;
using testing::NetworkBuilder;
using testing::node;
using testing::OraclePath;
using testing::RandomNetwork;
using testing::route;

std::vector<ExplicitRoute> routes_to(const Topology& topology, unsigned from, unsigned to,
                                     const PathPolicy& policy = {}) {
  std::vector<ExplicitRoute> routes;
  const PathSolver solver(topology, node(from), policy);
  for (const CandidatePath& path : solver.candidates(topology.index_of(node(to))))
    routes.push_back(path.route);
  return routes;
}

// Two edges, two hubs, and a third edge that would be a short cut.
NetworkBuilder square() {
  return NetworkBuilder()
      .edge(1)
      .edge(2)
      .edge(3)
      .hub(11, "aws", "fra")
      .hub(12, "gcp", "lon")
      .link(1, 11, {.rtt_ms = 10})
      .link(11, 2, {.rtt_ms = 10})
      .link(1, 12, {.rtt_ms = 20})
      .link(12, 2, {.rtt_ms = 20})
      .link(1, 3, {.rtt_ms = 1})
      .link(3, 2, {.rtt_ms = 1});
}

TEST(PathSolver, transit_goes_through_hubs_only) {
  const auto topology = square().build();

  const auto routes = routes_to(*topology, 1, 2);

  EXPECT_EQ(routes, (std::vector{route({11, 2}), route({12, 2})}));
}

TEST(PathSolver, a_drained_hub_is_no_transit_but_stays_a_destination) {
  const auto topology = square().drain(11).build();

  EXPECT_EQ(routes_to(*topology, 1, 2), (std::vector{route({12, 2})}));
  EXPECT_EQ(routes_to(*topology, 1, 11).front(), route({11}));
}

TEST(PathSolver, policy_keeps_nodes_providers_regions_and_links_out) {
  const auto topology = square().build();
  PathPolicy avoid_node;
  avoid_node.avoid_nodes = {node(11)};
  PathPolicy avoid_provider;
  avoid_provider.avoid_providers = {"aws"};
  PathPolicy avoid_region;
  avoid_region.avoid_regions = {"fra"};
  PathPolicy avoid_link;
  avoid_link.avoid_links = {{node(2), node(11)}};

  for (const PathPolicy& policy : {avoid_node, avoid_provider, avoid_region, avoid_link})
    EXPECT_EQ(routes_to(*topology, 1, 2, policy), (std::vector{route({12, 2})}));
}

TEST(PathSolver, loss_outweighs_delay) {
  const auto topology = square().link(11, 2, {.rtt_ms = 10, .loss = 0.02}).build();

  EXPECT_EQ(routes_to(*topology, 1, 2).front(), route({12, 2}));
}

TEST(PathSolver, paths_have_at_most_four_hops) {
  NetworkBuilder chain;
  chain.edge(1).edge(9);
  for (unsigned hub = 2; hub <= 6; ++hub)
    chain.hub(hub, "aws", "fra");
  chain.link(1, 2).link(2, 3).link(3, 4).link(4, 5).link(5, 9);

  EXPECT_TRUE(routes_to(*chain.build(), 1, 9).empty());
  EXPECT_EQ(routes_to(*chain.link(4, 9).build(), 1, 9), (std::vector{route({2, 3, 4, 9})}));
}

TEST(PathSolver, assesses_a_route_only_while_it_works_and_is_allowed) {
  const auto topology = square().build();
  const auto cut = square().cut(11, 2).build();
  const PathPolicy policy;

  EXPECT_TRUE(PathSolver(*topology, node(1), policy).assess_route(route({11, 2})).has_value());
  EXPECT_FALSE(PathSolver(*topology, node(1), policy).assess_route(route({3, 2})).has_value());
  EXPECT_FALSE(PathSolver(*cut, node(1), policy).assess_route(route({11, 2})).has_value());
}

struct Agreement {
  int pairs = 0;
  int exact = 0;
  double worst_gap = 0;  // R
};

Agreement compare_with_oracle(const Topology& topology) {
  Agreement agreement;
  const PathPolicy policy;
  const PathSolver solver(topology, node(1), policy);
  for (NodeIndex to = 1; to < topology.nodes().size(); ++to) {
    const auto oracle = all_paths(topology, 0, to);
    const auto solved = solver.candidates(to);
    EXPECT_EQ(oracle.empty(), solved.empty());
    if (oracle.empty() || solved.empty()) continue;
    EXPECT_GE(solved.size(), std::min<std::size_t>(3, oracle.size()));
    const double best =
        std::ranges::max(oracle, {}, [](const OraclePath& p) { return p.quality.score; }).quality.score;
    const double gap = best - solved.front().quality.score;
    ++agreement.pairs;
    if (gap < 1e-9) ++agreement.exact;
    agreement.worst_gap = std::max(agreement.worst_gap, gap);
  }
  return agreement;
}

TEST(PathSolver, finds_the_best_of_all_simple_paths_in_random_networks) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    SeededRandom random(seed);
    RandomNetwork shape;
    shape.density = 0.3 + 0.5 * random.unit();

    const Agreement agreement = compare_with_oracle(*draw(shape, random));

    EXPECT_EQ(agreement.exact, agreement.pairs) << "worst gap " << agreement.worst_gap << " R";
  }
}

}  // namespace path_solver_test
}  // namespace routing
