#include "relay/node/neighbor_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace {

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

}  // namespace
}  // namespace relay
