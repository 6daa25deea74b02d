#include "tests/sim/node_clock.h"

#include <gtest/gtest.h>

namespace sim {
namespace node_clock_test {

using namespace std::chrono_literals;

TEST(NodeClock, starts_at_its_own_origin_and_drifts) {
  const NodeClock clock({.origin = 5s, .parts_per_million = 100});

  EXPECT_EQ(clock.local(SimTime(0s)), overlay::Instant(5s));
  EXPECT_EQ(clock.local(SimTime(10s)), overlay::Instant(15s + 1ms));
}

TEST(NodeClock, finds_the_first_moment_at_which_a_local_instant_has_come) {
  for (const std::int64_t skew : {-200, -1, 0, 1, 200}) {
    const NodeClock clock({.origin = 7s, .parts_per_million = skew});
    for (const Duration local : {7s + 1ns, 8s + 3ns, 3607s + 17ns}) {
      const SimTime when = clock.when(overlay::Instant(local));

      EXPECT_GE(clock.local(when), overlay::Instant(local));
      EXPECT_LT(clock.local(when - 1ns), overlay::Instant(local));
    }
  }
}

TEST(NodeClock, a_calendar_jump_leaves_the_steady_timeline_alone) {
  NodeClock clock({.origin = 5s, .calendar = overlay::UnixSeconds(1'700'000'000)});
  const overlay::Instant later = clock.local(SimTime(10s));
  EXPECT_EQ(clock.wall().at(later), overlay::UnixSeconds(1'700'000'010));

  clock.jump_calendar(overlay::UnixSeconds(-3600));

  EXPECT_EQ(clock.local(SimTime(10s)), later);
  EXPECT_EQ(clock.wall().at(later), overlay::UnixSeconds(1'699'996'410));
}

}  // namespace node_clock_test
}  // namespace sim
