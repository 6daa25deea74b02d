#include "relay/control_plane/neighbor_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace neighbor_choice_test {

using overlay::NodeId;
using std::chrono::milliseconds;
using testing::ElementsAre;

std::vector<HubCandidate> six_hubs() {
  return {{NodeId(1), "aws", milliseconds(1)},    {NodeId(2), "azure", milliseconds(2)},
          {NodeId(3), "gcp", milliseconds(3)},    {NodeId(4), "aws", milliseconds(20)},
          {NodeId(5), "azure", milliseconds(21)}, {NodeId(6), "gcp", milliseconds(22)}};
}

TEST(NeighborChoice, a_hub_links_with_every_other_hub) {
  EXPECT_THAT(choose_neighbors({.node = NodeId(3), .is_hub = true}, six_hubs(), 3),
              ElementsAre(NodeId(1), NodeId(2), NodeId(4), NodeId(5), NodeId(6)));
}

TEST(NeighborChoice, an_edge_takes_the_nearest_hub_of_each_provider) {
  EXPECT_THAT(choose_neighbors({.node = NodeId(9)}, six_hubs(), 3),
              ElementsAre(NodeId(1), NodeId(2), NodeId(3)));
}

TEST(NeighborChoice, a_hub_that_is_down_is_replaced_by_the_next_of_its_provider) {
  auto hubs = six_hubs();
  hubs[1].usable = false;

  EXPECT_THAT(choose_neighbors({.node = NodeId(9)}, hubs, 3), ElementsAre(NodeId(1), NodeId(3), NodeId(5)));
}

TEST(NeighborChoice, takes_what_there_is) {
  EXPECT_THAT(choose_neighbors({.node = NodeId(9)}, {{NodeId(4), "aws"}}, 3), ElementsAre(NodeId(4)));
  EXPECT_TRUE(choose_neighbors({.node = NodeId(9)}, {}, 3).empty());
}

TEST(NeighborChoice, measures_the_hub_that_may_be_nearest_first) {
  auto hubs = six_hubs();
  hubs[3] = {.node = NodeId(4),
             .provider = "aws",
             .distance = milliseconds(40),
             .measured = false,
             .at_least = std::chrono::microseconds(700)};
  hubs[4] = {.node = NodeId(5),
             .provider = "azure",
             .distance = milliseconds(40),
             .measured = false,
             .at_least = std::chrono::microseconds(500)};

  EXPECT_EQ(choose_trial(hubs, {NodeId(1), NodeId(2), NodeId(3)}), NodeId(5));
}

TEST(NeighborChoice, measures_nothing_that_cannot_be_nearer) {
  auto hubs = six_hubs();
  EXPECT_EQ(choose_trial(hubs, {NodeId(1), NodeId(2), NodeId(3)}), overlay::kNoNode);

  hubs[3].measured = false;
  hubs[3].at_least = milliseconds(2);

  EXPECT_EQ(choose_trial(hubs, {NodeId(1), NodeId(2), NodeId(3)}), overlay::kNoNode);
}

TEST(NeighborChoice, a_home_that_stands_is_favored_by_a_fifth_and_2_ms_at_least) {
  EXPECT_EQ(favored_as_home(milliseconds(50)), milliseconds(40));
  EXPECT_EQ(favored_as_home(milliseconds(5)), milliseconds(3));
  EXPECT_EQ(favored_as_home(milliseconds(1)), milliseconds(0));
}

}  // namespace neighbor_choice_test
}  // namespace relay
