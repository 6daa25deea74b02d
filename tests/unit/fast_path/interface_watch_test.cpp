// When an interface is taken off the fast path, and when it is tried again.
#include "relay/fast_path/interface_watch.h"

#include <gtest/gtest.h>

namespace relay {
namespace interface_watch_test {

using namespace std::chrono_literals;
using enum InterfaceState;

class WatchOfInterface : public testing::Test {
 protected:
  WatchOfInterface() { (void)watch_.on_sample(sample_, now_); }

  // A second later.
  InterfaceWatch::Verdict after(std::uint64_t sent, std::uint64_t thrown_away) {
    sample_.sent += sent;
    sample_.thrown_away += thrown_away;
    return watch_.on_sample(sample_, now_ += 1s);
  }
  InterfaceState state_after(overlay::Duration pause) {
    return watch_.on_sample(sample_, now_ += pause).state;
  }
  // How long it stays closed when it throws everything away.
  overlay::Duration pause() {
    EXPECT_EQ(after(100, 100).state, kThrowsAway);
    return watch_.paused_until() - now_;
  }
  void wait_until_it_is_tried_again() { EXPECT_EQ(state_after(watch_.paused_until() - now_), kOpen); }

  overlay::Instant now_{5s};  // after the machine's start
  InterfaceSample sample_{.is_up = true, .takes_frames = true, .sent = 1'000'000, .thrown_away = 70'000};
  InterfaceWatch watch_;
};

TEST_F(WatchOfInterface, leaves_one_that_loses_nothing_open) {
  EXPECT_EQ(after(0, 0).state, kOpen) << "whatever was lost before";
  EXPECT_EQ(after(100'000, 0).state, kOpen);
}

TEST_F(WatchOfInterface, closes_one_that_throws_frames_away) {
  const auto verdict = after(50, 50);

  EXPECT_EQ(verdict.state, kThrowsAway);
  EXPECT_EQ(verdict.thrown_away, 50u);
  EXPECT_EQ(verdict.sent, 50u);
}

TEST_F(WatchOfInterface, tolerates_one_in_a_hundred_and_fewer_than_ten) {
  EXPECT_EQ(after(9, 9).state, kOpen);
  EXPECT_EQ(after(100'000, 1'000).state, kOpen);
  EXPECT_EQ(after(100'000, 1'001).state, kThrowsAway);
}

TEST_F(WatchOfInterface, does_not_blame_xdp_for_what_others_sent) {
  const auto verdict = after(5, 40'000);

  EXPECT_EQ(verdict.state, kOpen);
  EXPECT_EQ(verdict.thrown_away, 5u) << "at most";
}

TEST_F(WatchOfInterface, takes_a_counter_that_began_anew_for_no_loss) {
  sample_.thrown_away = 0;

  const auto verdict = after(1'000, 0);

  EXPECT_EQ(verdict.state, kOpen);
  EXPECT_EQ(verdict.thrown_away, 0u);
}

TEST_F(WatchOfInterface, tries_again_after_a_minute) {
  (void)after(100, 100);

  EXPECT_EQ(state_after(59s), kThrowsAway);
  EXPECT_EQ(state_after(1s), kOpen);
}

TEST_F(WatchOfInterface, tries_less_and_less_often_up_to_half_an_hour) {
  for (const overlay::Duration expected : {1min, 2min, 4min, 8min, 16min, 30min, 30min}) {
    EXPECT_EQ(pause(), expected);
    wait_until_it_is_tried_again();
  }
}

TEST_F(WatchOfInterface, forgets_what_was_lost_once_it_has_been_well_for_as_long) {
  (void)pause();
  wait_until_it_is_tried_again();
  EXPECT_EQ(pause(), 2min);
  wait_until_it_is_tried_again();

  EXPECT_EQ(state_after(30min), kOpen);

  EXPECT_EQ(pause(), 1min);
}

TEST_F(WatchOfInterface, closes_one_that_is_down_until_it_is_up) {
  sample_.is_up = false;
  EXPECT_EQ(after(1'000, 1'000).state, kDown);
  sample_.is_up = true;

  EXPECT_EQ(after(0, 0).state, kOpen) << "what a link loses as it goes down says nothing";
}

TEST_F(WatchOfInterface, closes_one_that_takes_no_frames_until_it_does) {
  sample_.takes_frames = false;
  EXPECT_EQ(after(1'000, 0).state, kRefuses);
  EXPECT_EQ(after(0, 0).state, kRefuses);
  sample_.takes_frames = true;

  EXPECT_EQ(after(0, 0).state, kOpen);
}

TEST_F(WatchOfInterface, closes_one_that_hides_vlans_until_it_shows_them) {
  sample_.hides_vlans = true;
  EXPECT_EQ(after(1'000, 0).state, kHidesVlans);
  sample_.hides_vlans = false;

  EXPECT_EQ(after(0, 0).state, kOpen);
}

TEST(InterfaceWatch, judges_by_the_first_sample_what_takes_no_frames) {
  EXPECT_EQ(InterfaceWatch().on_sample({.is_up = true, .takes_frames = false}, {}).state, kRefuses);
  EXPECT_EQ(InterfaceWatch().on_sample({.is_up = false, .takes_frames = true}, {}).state, kDown);
}

}  // namespace interface_watch_test
}  // namespace relay
