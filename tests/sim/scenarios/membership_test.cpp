// Nodes come, go, come back, and have wrong calendars.
#include <gmock/gmock.h>

#include "tests/sim/scenarios/scenario.h"

namespace sim {
namespace membership_test {

class Membership : public Scenario {};

TEST_F(Membership, a_restarted_hub_is_trusted_again_with_its_new_epoch) {
  settle(three_cloud());
  call("edge-aws-fra", "edge-azure-dub");
  const std::string hub = route_of_call().at(0);

  net().node(hub).stop();
  net().run_for(3s);
  const SimTime restart = net().now();
  net().node(hub).start();
  const bool back = net().run_until([&] { return net().is_settled(); }, 15s);

  EXPECT_TRUE(back);
  report("settled_after", net().now() - restart);
  net().run_for(3s);
  hang_up();
  EXPECT_EQ(heard_by_bob().lost({.from = restart}), 0u);
  EXPECT_EQ(heard_by_alice().lost({.from = restart}), 0u);
}

TEST_F(Membership, a_hub_that_restarts_at_once_is_taken_back) {
  settle(three_cloud());
  call("edge-aws-fra", "edge-azure-dub");
  const std::string hub = route_of_call().at(0);

  net().node(hub).stop();
  net().run_for(20ms);
  net().node(hub).start();
  const SimTime restart = net().now();

  EXPECT_TRUE(net().run_until([&] { return net().is_settled(); }, 15s));
  report("settled_after", net().now() - restart);
  net().run_for(1s);
  EXPECT_LE(gap(heard_by_bob(), {.from = restart - 100ms}), 200ms);
}

TEST_F(Membership, a_restarted_edge_serves_its_clients_anew) {
  settle(three_cloud());
  call("edge-aws-fra", "edge-azure-dub");
  hang_up();

  net().node("edge-aws-fra").stop();
  net().run_for(2s);
  net().node("edge-aws-fra").start();
  EXPECT_TRUE(net().run_until([&] { return net().is_settled(); }, 15s));

  ASSERT_TRUE(net().connect("alice", "bob"));
  const SimTime again = net().now();
  alice().start_sending(bob(), {.interval = 5ms});
  bob().start_sending(alice(), {.interval = 5ms});
  net().run_for(1s);
  hang_up();
  EXPECT_EQ(heard_by_bob().lost({.from = again}), 0u);
  EXPECT_EQ(heard_by_alice().lost({.from = again}), 0u);
}

TEST_F(Membership, a_late_joiner_learns_everything_and_disturbs_nobody) {
  settle(three_cloud(), {.absent = {"hub-gcp-fra", "edge-gcp-fra"}});
  call("edge-aws-fra", "edge-azure-dub");
  const SimTime joined = net().now();

  net().node("hub-gcp-fra").start();
  net().node("edge-gcp-fra").start();
  const bool settled = net().run_until([&] { return net().is_settled(); }, 10s);

  EXPECT_TRUE(settled);
  report("settled_after", net().now() - joined);
  EXPECT_LE(net().now() - joined, 5s);
  net().run_for(2s);
  hang_up();
  EXPECT_EQ(heard_by_bob().lost(), 0u);
  EXPECT_EQ(heard_by_alice().lost(), 0u);
}

TEST_F(Membership, edges_find_nearer_homes_than_their_seeds_without_losing_a_packet) {
  begin(three_cloud(), {.seed_hubs = SeedHubs::kFirst});
  ASSERT_TRUE(net().run_until([&] { return net().is_settled(); }, 5s));
  call("edge-aws-dub", "edge-azure-dub");

  net().run_for(10s);
  hang_up();

  for (const std::string edge : {"edge-aws-dub", "edge-azure-dub"})
    EXPECT_THAT(net().neighbors(edge),
                testing::UnorderedElementsAre("hub-aws-dub", "hub-azure-dub", "hub-gcp-lon"));
  EXPECT_LE(net().delay("edge-aws-dub", route_of_call()), 3ms);
  EXPECT_EQ(heard_by_bob().lost(), 0u);
  EXPECT_EQ(heard_by_alice().lost(), 0u);
}

TEST_F(Membership, a_calendar_that_jumps_an_hour_either_way_disturbs_no_call) {
  settle(three_cloud());
  call("edge-aws-fra", "edge-azure-dub");
  const std::string hub = route_of_call().at(0);
  const int moves_before = moves_of_call();

  net().node(hub).jump_calendar(std::chrono::hours(1));
  net().node("edge-aws-fra").jump_calendar(-std::chrono::hours(1));
  net().run_for(3s);
  hang_up();

  EXPECT_EQ(heard_by_bob().lost(), 0u);
  EXPECT_EQ(heard_by_alice().lost(), 0u);
  EXPECT_EQ(moves_of_call(), moves_before);
  EXPECT_TRUE(net().is_settled());
}

}  // namespace membership_test
}  // namespace sim
