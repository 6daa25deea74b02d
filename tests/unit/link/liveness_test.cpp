#include "overlay/link/liveness.h"

#include <gtest/gtest.h>

namespace overlay {
namespace liveness_test {

using std::chrono::milliseconds;

// A link of 20 ms RTT on which both sides send every 10 ms; each direction can be cut.
class TwoWayLink {
 public:
  explicit TwoWayLink(LivenessConfig config = {}) : liveness(config) { liveness.restart(now); }

  void run(Duration duration) {
    const Instant end = now + duration;
    while (now < end)
      step();
  }

  // Runs until the state is `wanted` and tells how long that took; gives up after 10 s.
  Duration run_until(LinkState wanted) {
    const Instant begin = now;
    while (liveness.state() != wanted && now - begin < std::chrono::seconds(10))
      step();
    return now - begin;
  }

  Instant now{std::chrono::seconds(1)};
  Liveness liveness;
  bool out_cut = false;
  bool in_cut = false;
  HeardState peer_says = HeardState::kHeard;

 private:
  static constexpr Duration kRtt = milliseconds(20);
  static constexpr Duration kInterval = milliseconds(10);

  void step() {
    now += milliseconds(1);
    if (now >= next_) {
      next_ = now + kInterval;
      liveness.on_sent(++sequence_, now);
      if (!out_cut) arrived_.emplace_back(sequence_, now + kRtt);
      while (!arrived_.empty() && arrived_.front().second <= now) {
        echo_ = arrived_.front().first;
        arrived_.erase(arrived_.begin());
      }
      if (!in_cut)
        liveness.on_heard(
            {.heard = peer_says, .tx_interval = ProbeInterval::from(kInterval), .echo_sequence = echo_}, now);
    }
    liveness.on_read(now);
    liveness.evaluate(now, kRtt, {});
  }

  Instant next_{};
  std::uint32_t sequence_ = 0;
  std::uint32_t echo_ = 0;
  std::vector<std::pair<std::uint32_t, Instant>> arrived_;
};

TEST(Liveness, is_up_once_frames_go_both_ways) {
  TwoWayLink link;

  EXPECT_LE(link.run_until(LinkState::kUp), milliseconds(50));
}

TEST(Liveness, a_silent_link_is_suspect_after_three_intervals_and_down_after_confirmation) {
  TwoWayLink link;
  link.run(milliseconds(500));

  link.in_cut = link.out_cut = true;

  const Duration suspect = link.run_until(LinkState::kSuspect);
  EXPECT_LE(suspect, milliseconds(37));
  EXPECT_EQ(link.liveness.fault(), LinkFault::kSilent);
  EXPECT_LE(suspect + link.run_until(LinkState::kDown), milliseconds(82));
}

TEST(Liveness, a_cut_of_our_direction_only_is_found_within_the_rtt_and_three_intervals) {
  TwoWayLink link;
  link.run(milliseconds(500));

  link.out_cut = true;

  EXPECT_LE(link.run_until(LinkState::kSuspect), milliseconds(20 + 30 + 5 + 12));
  EXPECT_EQ(link.liveness.fault(), LinkFault::kOneWay);
  EXPECT_EQ(link.liveness.heard_state(), HeardState::kHeard);
}

TEST(Liveness, believes_a_neighbor_that_does_not_hear_us) {
  TwoWayLink link;
  link.run(milliseconds(500));

  link.peer_says = HeardState::kDown;

  EXPECT_LE(link.run_until(LinkState::kDown), milliseconds(12));
  EXPECT_EQ(link.liveness.fault(), LinkFault::kPeerReported);
}

TEST(Liveness, a_false_alarm_ends_without_hold_up) {
  TwoWayLink link;
  link.run(milliseconds(500));
  link.in_cut = link.out_cut = true;
  link.run_until(LinkState::kSuspect);

  link.in_cut = link.out_cut = false;

  EXPECT_LE(link.run_until(LinkState::kUp), milliseconds(45));
}

TEST(Liveness, a_link_that_was_down_is_held_before_it_is_up_again) {
  TwoWayLink link({.hold_up = milliseconds(500)});
  link.run(milliseconds(500));
  link.in_cut = link.out_cut = true;
  link.run_until(LinkState::kDown);

  link.in_cut = link.out_cut = false;
  const Duration recovery = link.run_until(LinkState::kUp);

  EXPECT_GE(recovery, milliseconds(500));
  EXPECT_LE(recovery, milliseconds(560));
}

TEST(Liveness, the_failure_is_dated_at_the_last_sign_of_life) {
  TwoWayLink link;
  link.run(milliseconds(500));
  const Instant cut_at = link.now;
  link.in_cut = link.out_cut = true;

  link.run_until(LinkState::kDown);

  EXPECT_LE(link.liveness.failed_at(), cut_at);
  EXPECT_GE(link.liveness.failed_at(), cut_at - milliseconds(10));
}

}  // namespace liveness_test
}  // namespace overlay
