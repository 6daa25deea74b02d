// A node or a link dies silently during a call.
#include "tests/sim/scenarios/scenario.h"

namespace sim {
namespace silent_death_test {

class SilentDeath : public Scenario {};

TEST_F(SilentDeath, of_the_hub_in_use_leaves_a_gap_of_at_most_link_rtt_and_40_ms) {
  settle(three_cloud());
  call("edge-aws-fra", "edge-azure-dub");
  const auto route_before = route_of_call();
  const LinkInUse link = link_in_use(0);
  const SimTime death = net().now();

  net().node(link.downstream).stop();
  net().run_for(2s);

  const Duration at_bob = gap(heard_by_bob(), {.from = death - 50ms});
  report("gap_a_to_b", at_bob);
  report("lost_a_to_b", heard_by_bob().lost({.from = death - 50ms, .to = net().now() - 200ms}));
  EXPECT_LE(at_bob, bound(link, route_before));
  EXPECT_LE(gap(heard_by_alice(), {.from = death - 50ms}), 150ms);
  EXPECT_NE(route_of_call(), route_before);
  hang_up();
  EXPECT_EQ(heard_by_bob().lost({.from = death + 200ms}), 0u);
}

TEST_F(SilentDeath, of_the_second_hub_is_repaired_by_the_first) {
  settle(three_cloud());
  call("edge-aws-fra", "edge-azure-dub");
  const auto route_before = route_of_call();
  ASSERT_GE(route_before.size(), 3u);
  const LinkInUse link = link_in_use(1);
  const SimTime death = net().now();

  net().node(link.downstream).stop();
  net().run_for(2s);

  const Duration at_bob = gap(heard_by_bob(), {.from = death - 50ms});
  report("gap_a_to_b", at_bob);
  EXPECT_LE(at_bob, bound(link, route_before));
  // The ingress hears of it before the next packet once the death is certain; until then the first hub sends
  // two copies.
  EXPECT_GT(net().node(link.upstream).overlay_counters().duplicated, 0u);
}

TEST_F(SilentDeath, is_survived_while_the_control_planes_stand_still) {
  settle(three_cloud());
  call("edge-aws-fra", "edge-azure-dub");
  const auto route_before = route_of_call();
  const LinkInUse link = link_in_use(1);
  const Duration transit_before = heard_by_bob().longest_transit({.from = net().now() - 500ms});
  for (const NodeSpec& spec : net().layout().nodes())
    net().node(spec.name).freeze_control();
  const SimTime death = net().now();

  net().cut(link.upstream, link.downstream);
  net().run_for(1s);

  const Duration at_bob = gap(heard_by_bob(), {.from = death - 50ms});
  report("gap_a_to_b", at_bob);
  EXPECT_EQ(route_of_call(), route_before);
  // Nobody computed a new path, so what the detour costs is not known here: the longest transit tells.
  const Duration detour = heard_by_bob().longest_transit({.from = death}) - transit_before;
  EXPECT_LE(at_bob, net().rtt(link.upstream, link.downstream) + kReaction + detour);

  for (const NodeSpec& spec : net().layout().nodes())
    net().node(spec.name).thaw_control();
  net().heal();
  EXPECT_TRUE(net().run_until([&] { return net().is_settled(); }, 10s));
}

class OneWayCut : public Scenario {
 protected:
  void cut_direction_of_first_hub_link(bool with_traffic) {
    settle(three_cloud());
    call("edge-aws-fra", "edge-azure-dub");
    const LinkInUse link = link_in_use(1);
    const auto route_before = route_of_call();
    const SimTime cut = net().now();

    if (with_traffic) {
      net().path(link.upstream, link.downstream).cut = true;
    } else {
      net().path(link.downstream, link.upstream).cut = true;
    }
    net().run_for(2s);

    const Duration at_bob = gap(heard_by_bob(), {.from = cut - 50ms});
    const Duration at_alice = gap(heard_by_alice(), {.from = cut - 50ms});
    report("gap_a_to_b", at_bob);
    report("gap_b_to_a", at_alice);
    EXPECT_LE(at_bob, bound(link, route_before));
    EXPECT_LE(at_alice, bound(link, route_before));
    hang_up();
    EXPECT_EQ(heard_by_bob().lost({.from = cut + 200ms}), 0u);
    EXPECT_EQ(heard_by_alice().lost({.from = cut + 200ms}), 0u);
  }
};

TEST_F(OneWayCut, in_the_direction_of_the_traffic_is_found_within_the_link_rtt_and_40_ms) {
  cut_direction_of_first_hub_link(true);
}

TEST_F(OneWayCut, against_the_traffic_costs_no_more) {
  cut_direction_of_first_hub_link(false);
}

}  // namespace silent_death_test
}  // namespace sim
