// Links that get worse without dying, and links that cannot decide.
#include "tests/sim/scenarios/scenario.h"

namespace sim {
namespace degraded_link_test {

class DegradedLink : public Scenario {};

TEST_F(DegradedLink, five_per_cent_of_loss_moves_the_traffic) {
  settle(three_cloud());
  call("edge-aws-fra", "edge-azure-dub", {.interval = 1ms, .bytes = 200});
  const auto route_before = route_of_call();
  const LinkInUse link = link_in_use(1);
  const SimTime degraded = net().now();

  net().path(link.upstream, link.downstream).loss = 0.05;
  const bool moved = net().run_until([&] { return route_of_call() != route_before; }, 10s);

  EXPECT_TRUE(moved);
  const Duration took = net().now() - degraded;
  report("moved_after", took);
  // 300 ms is the bar for the usual case; how many packets the test needs is chance.
  EXPECT_LE(took, 500ms);
  const SimTime settled = net().now() + 100ms;
  net().run_for(2s);
  hang_up();
  EXPECT_EQ(heard_by_bob().lost({.from = settled}), 0u);
}

TEST_F(DegradedLink, half_a_per_cent_of_background_loss_everywhere_moves_nothing) {
  settle(three_cloud(), {.each_path = [](PathConfig& path) { path.loss = 0.005; }});
  call("edge-aws-fra", "edge-azure-dub", {.interval = 10ms});
  // With few packets a link's loss ratio is a guess; links that nobody uses see ten a second.
  net().run_for(30s);
  const int moves_before = moves_of_call();

  net().run_for(20s);

  report("moves", static_cast<std::uint64_t>(moves_of_call() - moves_before));
  EXPECT_LE(moves_of_call() - moves_before, 1);
}

TEST_F(DegradedLink, a_delay_that_steps_up_by_50_ms_moves_the_traffic) {
  settle(three_cloud());
  call("edge-aws-fra", "edge-azure-dub", {.interval = 5ms});
  const auto route_before = route_of_call();
  const LinkInUse link = link_in_use(1);
  const SimTime degraded = net().now();

  net().for_each_path_between(link.upstream, link.downstream, [](PathConfig& path) { path.delay += 25ms; });
  const bool moved = net().run_until([&] { return route_of_call() != route_before; }, 10s);

  EXPECT_TRUE(moved);
  report("moved_after", net().now() - degraded);
  EXPECT_LE(net().now() - degraded, 500ms);
  hang_up();
  EXPECT_EQ(heard_by_bob().lost(), 0u);
}

TEST_F(DegradedLink, bursts_of_gilbert_elliott_loss_cost_duplicates_rather_than_moves) {
  settle(three_cloud());
  call("edge-aws-fra", "edge-azure-dub", {.interval = 5ms});
  const LinkInUse link = link_in_use(1);
  const int moves_before = moves_of_call();

  // About one burst in ten seconds, of about four packets.
  net().path(link.upstream, link.downstream).bursts =
      GilbertElliott{.enter_burst = 0.0003, .leave_burst = 0.25, .loss_in_burst = 1};
  net().run_for(20s);

  report("moves", static_cast<std::uint64_t>(moves_of_call() - moves_before));
  EXPECT_LE(moves_of_call() - moves_before, 4);
}

TEST_F(DegradedLink, a_flapping_link_is_left_alone_for_longer_each_time) {
  settle(three_cloud());
  call("edge-aws-fra", "edge-azure-dub", {.interval = 10ms});
  const LinkInUse link = link_in_use(1);
  const int moves_before = moves_of_call();

  for (int flap = 0; flap < 12; ++flap) {
    net().cut(link.upstream, link.downstream);
    net().run_for(400ms);
    net().cut(link.upstream, link.downstream, false);
    net().run_for(2'100ms);
  }

  // Without damping every flap moves the call away and back: 24 moves each way.
  const auto moves = static_cast<std::uint64_t>(moves_of_call() - moves_before);
  report("moves", moves);
  EXPECT_LE(moves, 6u);
  EXPECT_TRUE(net().run_until([&] { return net().is_settled(); }, 10s));
}

}  // namespace degraded_link_test
}  // namespace sim
