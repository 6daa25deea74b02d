#include "routing/topology.h"

#include <gtest/gtest.h>

#include "network_builder.h"

namespace routing {
namespace topology_test {

using testing::NetworkBuilder;
using testing::node;

TEST(Topology, a_link_needs_both_ends_to_be_usable) {
  const auto topology =
      NetworkBuilder().hub(1, "aws", "fra").hub(2, "gcp", "lon").one_way(1, 2, {.rtt_ms = 12}).build();

  const TopologyLink* link = topology->find_link(node(1), node(2));

  ASSERT_NE(link, nullptr);
  EXPECT_FALSE(link->usable);
  EXPECT_EQ(link->state, AdjacencyState::kDown);
  EXPECT_EQ(topology->find_link(node(2), node(1)), nullptr);
}

TEST(Topology, a_link_that_either_end_calls_down_is_unusable_in_both_directions) {
  const auto topology = NetworkBuilder()
                            .hub(1, "aws", "fra")
                            .hub(2, "gcp", "lon")
                            .one_way(1, 2)
                            .one_way(2, 1, {.state = AdjacencyState::kDown})
                            .build();

  EXPECT_FALSE(topology->find_link(node(1), node(2))->usable);
  EXPECT_FALSE(topology->find_link(node(2), node(1))->usable);
}

TEST(Topology, directions_keep_their_own_loss_and_share_suspicion) {
  const auto topology = NetworkBuilder()
                            .hub(1, "aws", "fra")
                            .hub(2, "gcp", "lon")
                            .one_way(1, 2, {.loss = 0.04})
                            .one_way(2, 1, {.loss = 0.01, .state = AdjacencyState::kSuspect})
                            .build();

  const TopologyLink* forward = topology->find_link(node(1), node(2));
  const TopologyLink* reverse = topology->find_link(node(2), node(1));

  EXPECT_DOUBLE_EQ(forward->loss, 0.04);
  EXPECT_DOUBLE_EQ(reverse->loss, 0.01);
  EXPECT_EQ(forward->state, AdjacencyState::kSuspect);
  EXPECT_TRUE(forward->usable);
}

TEST(Topology, links_to_nodes_that_nobody_vouches_for_are_left_out) {
  const auto topology = NetworkBuilder().hub(1, "aws", "fra").link(1, 7).build();

  EXPECT_EQ(topology->nodes().size(), 1u);
  EXPECT_TRUE(topology->links().empty());
  EXPECT_EQ(topology->index_of(node(7)), Topology::kNoIndex);
}

TEST(Topology, nodes_of_one_provider_or_region_carry_the_same_tag) {
  const auto topology =
      NetworkBuilder().hub(1, "aws", "fra").hub(2, "gcp", "fra").hub(3, "aws", "lon").build();

  const TopologyNode* aws_fra = topology->find(node(1));
  const TopologyNode* gcp_fra = topology->find(node(2));
  const TopologyNode* aws_lon = topology->find(node(3));

  EXPECT_EQ(aws_fra->provider, aws_lon->provider);
  EXPECT_NE(aws_fra->provider, gcp_fra->provider);
  EXPECT_EQ(aws_fra->region, gcp_fra->region);
  EXPECT_EQ(topology->providers()[aws_lon->provider], "aws");
}

}  // namespace topology_test
}  // namespace routing
