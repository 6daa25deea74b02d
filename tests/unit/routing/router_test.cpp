#include "routing/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "network_builder.h"

namespace routing {
namespace router_test {

using overlay::SeededRandom;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::NetworkBuilder;
using testing::node;
using testing::route;

// Edges 1 and 2 with three hubs between them, each of its own provider and region.
NetworkBuilder three_hubs() {
  NetworkBuilder network;
  network.edge(1, "aws", "fra").edge(2, "gcp", "lon");
  network.hub(11, "aws", "fra").hub(12, "gcp", "lon").hub(13, "azure", "dub");
  network.link(1, 11, {.rtt_ms = 2}).link(11, 2, {.rtt_ms = 10});
  network.link(1, 12, {.rtt_ms = 10}).link(12, 2, {.rtt_ms = 6});
  network.link(1, 13, {.rtt_ms = 20}).link(13, 2, {.rtt_ms = 14});
  return network;
}

class RouterTest : public ::testing::Test {
 protected:
  PathTableDelta update(const NetworkBuilder& network) { return router.update(network.build(), now); }
  void pass(Duration time) { now += time; }
  [[nodiscard]] ExplicitRoute active() const { return router.table()->find(node(2))->active().route; }
  [[nodiscard]] ExplicitRoute standby() const { return router.table()->find(node(2))->standby()->route; }
  [[nodiscard]] const RankedPath& ranked(const ExplicitRoute& wanted) const {
    for (const RankedPath& path : router.table()->find(node(2))->paths)
      if (path.route == wanted) return path;
    ADD_FAILURE() << "no such path in the table";
    return router.table()->find(node(2))->active();
  }
  // Advances to each timeout until the move is made or `limit` has passed; the time that it took.
  std::optional<Duration> time_until_move(Duration limit) {
    const Instant start = now;
    while (router.next_timeout() <= start + limit) {
      now = std::max(now, router.next_timeout());
      const PathTableDelta delta = router.advance(now);
      for (const PathMove& move : delta.moves)
        if (move.destination == node(2)) return now - start;
    }
    now = start + limit;
    return std::nullopt;
  }

  SeededRandom random{7};
  Router router{node(1), random};
  Instant now{};
};

// Moves of the paths to node 2.
std::vector<PathMove> moves_of(const PathTableDelta& delta) {
  std::vector<PathMove> moves;
  for (const PathMove& move : delta.moves)
    if (move.destination == node(2)) moves.push_back(move);
  return moves;
}

TEST_F(RouterTest, the_first_topology_gives_an_active_path_and_a_diverse_standby) {
  const auto moves = moves_of(update(three_hubs()));

  ASSERT_EQ(moves.size(), 1u);
  EXPECT_EQ(moves[0].cause, MoveCause::kReachable);
  EXPECT_EQ(active(), route({11, 2}));
  EXPECT_EQ(standby(), route({12, 2}));
  EXPECT_TRUE(ranked(route({12, 2})).shared_with_active.empty());
}

TEST_F(RouterTest, a_lost_path_is_left_at_once_for_the_standby) {
  update(three_hubs());

  const auto moves = moves_of(update(three_hubs().cut(11, 2)));

  ASSERT_EQ(moves.size(), 1u);
  EXPECT_EQ(moves[0].cause, MoveCause::kPathLost);
  EXPECT_EQ(moves[0].from, route({11, 2}));
  EXPECT_EQ(moves[0].to, route({12, 2}));
}

TEST_F(RouterTest, a_local_link_that_dies_counts_before_any_topology_says_so) {
  update(three_hubs());

  const auto moves = moves_of(router.note_local_link(node(11), AdjacencyState::kDown, now));

  ASSERT_EQ(moves.size(), 1u);
  EXPECT_EQ(moves[0].to, route({12, 2}));
  EXPECT_TRUE(router.note_local_link(node(11), AdjacencyState::kDown, now).empty());
}

TEST_F(RouterTest, a_path_that_becomes_lossy_is_left_at_once) {
  update(three_hubs());
  pass(seconds(1));

  const auto moves = moves_of(update(three_hubs().link(11, 2, {.rtt_ms = 10, .loss = 0.05})));

  ASSERT_EQ(moves.size(), 1u);
  EXPECT_EQ(moves[0].cause, MoveCause::kDegraded);
  EXPECT_EQ(moves[0].to, route({12, 2}));
}

TEST_F(RouterTest, a_path_that_becomes_slow_is_left_at_once) {
  update(three_hubs());

  const auto moves = moves_of(update(three_hubs().link(11, 2, {.rtt_ms = 60})));

  ASSERT_EQ(moves.size(), 1u);
  EXPECT_EQ(moves[0].cause, MoveCause::kDegraded);
}

TEST_F(RouterTest, a_small_gain_moves_nothing_and_says_what_was_missing) {
  update(three_hubs());

  const auto moves = moves_of(update(three_hubs().link(1, 12, {.rtt_ms = 1})));

  EXPECT_TRUE(moves.empty());
  EXPECT_EQ(time_until_move(seconds(60)), std::nullopt);
  const PathReason& reason = ranked(route({12, 2})).reason;
  EXPECT_EQ(reason.verdict, PathVerdict::kHysteresis);
  EXPECT_EQ(reason.rtt_gap, -milliseconds(5));
  EXPECT_EQ(reason.rtt_margin, milliseconds(10));
}

TEST_F(RouterTest, a_clear_gain_moves_after_a_random_while) {
  auto network = three_hubs();
  network.link(11, 2, {.rtt_ms = 30});
  update(network.link(1, 12, {.rtt_ms = 40}));
  ASSERT_EQ(active(), route({11, 2}));

  const auto moves = moves_of(update(network.link(1, 12, {.rtt_ms = 5})));

  EXPECT_TRUE(moves.empty());
  EXPECT_EQ(ranked(route({12, 2})).reason.verdict, PathVerdict::kPendingMove);
  const auto took = time_until_move(seconds(10));
  ASSERT_TRUE(took.has_value());
  EXPECT_LE(*took, Router::kMaxMoveJitter);
  EXPECT_EQ(active(), route({12, 2}));
}

TEST_F(RouterTest, a_pending_move_is_called_off_when_the_gain_goes_away) {
  auto network = three_hubs();
  network.link(11, 2, {.rtt_ms = 30});
  update(network.link(1, 12, {.rtt_ms = 40}));
  update(network.link(1, 12, {.rtt_ms = 5}));

  update(network.link(1, 12, {.rtt_ms = 40}));

  EXPECT_EQ(router.next_timeout(), kNever);
  EXPECT_EQ(active(), route({11, 2}));
}

TEST_F(RouterTest, noise_around_the_margin_does_not_move_paths_back_and_forth) {
  update(three_hubs());
  int moves = 0;
  for (int i = 0; i < 1000; ++i) {
    pass(milliseconds(500));
    const double noise = 6 * random.unit() - 3;
    moves += static_cast<int>(
        moves_of(update(three_hubs().link(1, 12, {.rtt_ms = 8 + noise, .loss = 0.004 * random.unit()})))
            .size());
  }

  EXPECT_EQ(moves, 0);
}

TEST_F(RouterTest, a_recovered_link_waits_for_its_hold_up_which_doubles_with_every_flap) {
  update(three_hubs().link(1, 12, {.rtt_ms = 30}));
  for (const Duration hold_up : {seconds(1), seconds(2), seconds(4), seconds(8)}) {
    update(three_hubs().link(1, 12, {.rtt_ms = 30}).cut(11, 2));
    ASSERT_NE(active(), route({11, 2}));

    update(three_hubs().link(1, 12, {.rtt_ms = 30}));

    EXPECT_EQ(ranked(route({11, 2})).reason.verdict, PathVerdict::kHoldUp);
    EXPECT_EQ(ranked(route({11, 2})).reason.wait_left, hold_up);
    const auto took = time_until_move(seconds(100));
    ASSERT_TRUE(took.has_value());
    EXPECT_GE(*took, hold_up);
    EXPECT_LE(*took, hold_up + Router::kMaxMoveJitter);
    ASSERT_EQ(active(), route({11, 2}));
  }
}

TEST_F(RouterTest, a_flapping_link_moves_paths_ever_more_seldom) {
  const auto healthy = three_hubs().link(1, 12, {.rtt_ms = 30});
  const auto broken = three_hubs().link(1, 12, {.rtt_ms = 30}).cut(11, 2);
  update(healthy);
  int moves = 0;
  for (int flap = 0; flap < 150; ++flap) {  // five minutes: down for a second, up for a second
    moves += static_cast<int>(moves_of(update(broken)).size());
    pass(seconds(1));
    moves += static_cast<int>(moves_of(update(healthy)).size());
    pass(seconds(1));
    moves += static_cast<int>(moves_of(router.advance(now)).size());
  }

  EXPECT_LE(moves, 4);
}

TEST_F(RouterTest, a_recovered_link_is_used_at_once_when_there_is_no_other_path) {
  NetworkBuilder chain;
  chain.edge(1).edge(2).hub(11, "aws", "fra").link(1, 11).link(11, 2);
  update(chain);
  const auto lost = moves_of(update(NetworkBuilder(chain).cut(11, 2)));

  const auto found = moves_of(update(chain));

  ASSERT_EQ(lost.size(), 1u);
  EXPECT_EQ(lost[0].cause, MoveCause::kUnreachable);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].cause, MoveCause::kReachable);
}

TEST_F(RouterTest, draining_a_hub_moves_its_paths_and_explain_says_so) {
  update(three_hubs());

  const auto moves = moves_of(update(three_hubs().drain(11)));

  ASSERT_EQ(moves.size(), 1u);
  EXPECT_EQ(active(), route({12, 2}));
  const PathExplanation explanation = router.explain(node(2), now);
  const auto drained = std::ranges::find(explanation.paths, route({11, 2}), &RankedPath::route);
  ASSERT_NE(drained, explanation.paths.end());
  EXPECT_EQ(drained->reason.verdict, PathVerdict::kDrained);
}

TEST_F(RouterTest, explain_lists_what_policy_excludes) {
  update(three_hubs());
  PathPolicy policy;
  policy.avoid_providers = {"aws"};

  router.set_policy(policy, now);

  const PathExplanation explanation = router.explain(node(2), now);
  EXPECT_EQ(explanation.paths.front().route, route({12, 2}));
  const auto excluded = std::ranges::find(explanation.paths, route({11, 2}), &RankedPath::route);
  ASSERT_NE(excluded, explanation.paths.end());
  EXPECT_EQ(excluded->reason.verdict, PathVerdict::kPolicy);
  EXPECT_LT(excluded->reason.rtt_gap, Duration::zero());
}

TEST_F(RouterTest, a_pin_goes_before_quality_while_it_works) {
  update(three_hubs());
  PathPolicy policy;
  policy.pin_transit = {{node(2), node(13)}};

  const auto moves = moves_of(router.set_policy(policy, now));
  ASSERT_EQ(moves.size(), 1u);
  EXPECT_EQ(moves[0].cause, MoveCause::kPolicy);
  EXPECT_EQ(active(), route({13, 2}));
  EXPECT_EQ(ranked(route({11, 2})).reason.verdict, PathVerdict::kPinned);

  update(three_hubs().cut(13, 2));
  EXPECT_NE(active(), route({13, 2}));
}

TEST_F(RouterTest, load_is_named_when_it_is_what_a_path_lost_by) {
  auto network = three_hubs();
  network.link(11, 2, {.rtt_ms = 10, .load = 255});

  update(network);

  EXPECT_EQ(active(), route({12, 2}));
  EXPECT_EQ(ranked(route({11, 2})).reason.verdict, PathVerdict::kLoad);
}

TEST_F(RouterTest, figures_alone_change_the_table_but_no_route) {
  update(three_hubs());
  const Generation before = router.table()->generation;

  const PathTableDelta delta = update(three_hubs().link(11, 2, {.rtt_ms = 11}));

  EXPECT_TRUE(delta.empty());
  EXPECT_GT(router.table()->generation, before);
  EXPECT_EQ(router.table()->find(node(2))->active().quality.rtt, milliseconds(13));
}

TEST_F(RouterTest, a_role_keeps_its_start_while_the_path_keeps_the_role) {
  update(three_hubs());
  pass(seconds(5));
  update(three_hubs().link(11, 2, {.rtt_ms = 11}));

  EXPECT_EQ(ranked(route({11, 2})).since, Instant{});

  update(three_hubs().cut(11, 2));
  EXPECT_EQ(ranked(route({12, 2})).since, now);
}

}  // namespace router_test
}  // namespace routing
