// Many things fail at once, and come back.
#include "tests/sim/scenarios/scenario.h"

namespace sim {
namespace outage_test {

class Outage : public Scenario {};

TEST_F(Outage, of_the_region_in_transit_is_survived) {
  settle(three_cloud());
  call("edge-aws-dub", "edge-gcp-fra");
  // The far hub's region, where no end of the call is.
  const auto route = route_of_call();
  const auto& hub = net().layout().node(route.at(0));
  std::vector<std::string> lost = net().nodes_of_region(hub.provider, hub.region);
  std::erase(lost, "edge-aws-dub");
  const SimTime outage = net().now();

  for (const std::string& name : lost)
    net().node(name).stop();
  net().run_for(2s);

  const Duration at_bob = gap(heard_by_bob(), {.from = outage - 50ms});
  report("gap_a_to_b", at_bob);
  EXPECT_LE(at_bob, 150ms);
  hang_up();
  EXPECT_EQ(heard_by_bob().lost({.from = outage + 300ms}), 0u);
  EXPECT_EQ(heard_by_alice().lost({.from = outage + 300ms}), 0u);
}

TEST_F(Outage, of_a_whole_provider_leaves_the_other_two_connected) {
  settle(three_cloud());
  call("edge-aws-fra", "edge-gcp-lon");
  const std::string provider = net().layout().node(route_of_call().at(0)).provider;
  std::vector<std::string> lost = net().nodes_of_provider(provider);
  std::erase_if(lost, [&](const std::string& name) { return name == edge_a_ || name == edge_b_; });
  const SimTime outage = net().now();

  for (const std::string& name : lost)
    net().node(name).stop();
  net().run_for(3s);

  const Duration at_bob = gap(heard_by_bob(), {.from = outage - 50ms});
  report("gap_a_to_b", at_bob);
  EXPECT_LE(at_bob, 150ms);
  EXPECT_TRUE(net().run_until([&] { return net().all_pairs_connected(); }, 5s));

  net().heal();
  EXPECT_TRUE(net().run_until([&] { return net().is_settled(); }, 30s));
}

TEST_F(Outage, of_the_hubs_of_the_callers_provider_leaves_the_call_up) {
  settle(three_cloud());
  call("edge-aws-fra", "edge-aws-dub");
  const SimTime outage = net().now();

  for (const std::string name : {"hub-aws-fra", "hub-aws-dub"})
    net().node(name).stop();
  net().run_for(2s);

  const Duration at_bob = gap(heard_by_bob(), {.from = outage - 50ms});
  report("gap_a_to_b", at_bob);
  EXPECT_LE(at_bob, 250ms);
  hang_up();
  EXPECT_EQ(heard_by_bob().lost({.from = outage + 500ms}), 0u);
}

TEST_F(Outage, a_partition_heals_into_one_network_again) {
  settle(three_cloud());
  const std::vector<std::string> frankfurt{"hub-aws-fra",    "edge-aws-fra", "hub-azure-fra",
                                           "edge-azure-fra", "hub-gcp-fra",  "edge-gcp-fra"};

  net().isolate(frankfurt);
  net().run_for(8s);
  EXPECT_TRUE(net().route("edge-aws-fra", "edge-aws-dub").empty());
  EXPECT_FALSE(net().route("edge-aws-fra", "edge-gcp-fra").empty());
  EXPECT_FALSE(net().route("edge-aws-dub", "edge-gcp-lon").empty());

  net().isolate(frankfurt, false);
  const SimTime healed = net().now();
  EXPECT_TRUE(net().run_until([&] { return net().is_settled(); }, 30s));
  report("settled_after", net().now() - healed);
  call("edge-aws-fra", "edge-aws-dub");
  net().run_for(1s);
  hang_up();
  EXPECT_EQ(heard_by_bob().lost(), 0u);
}

TEST_F(Outage, a_control_plane_that_lost_the_news_of_a_death_finds_it_by_measurements) {
  settle(three_cloud());
  SimNode& witness = net().node("hub-aws-fra");
  const overlay::NodeId victim = net().layout().node("hub-gcp-lon").id;
  ASSERT_EQ(witness.control_plane().neighbors().state(victim), overlay::LinkState::kUp);

  // The queue of the stalled control plane is full long before the death, and loses the event.
  witness.freeze_control();
  net().run_for(100s);
  net().node("hub-gcp-lon").stop();
  net().run_for(5s);
  witness.thaw_control();
  net().run_for(300ms);

  EXPECT_EQ(witness.control_plane().neighbors().state(victim), overlay::LinkState::kDown);
  EXPECT_GT(witness.control_plane().counters().link_changes_missed, 0u);
}

}  // namespace outage_test
}  // namespace sim
