#include "overlay/loop/tick_keeper.h"

#include <gtest/gtest.h>

namespace overlay {
namespace tick_keeper_test {

using namespace std::chrono_literals;

// How often a thread that rests every `gap` leaves a callback in a second.
int callbacks_in_a_second(Duration gap) {
  TickKeeper keeper;
  int callbacks = 0;
  for (Instant now{1s}; now < Instant{2s}; now += gap)
    callbacks += keeper.end_round(now) ? 1 : 0;
  return callbacks;
}

TEST(TickKeeper, leaves_a_callback_in_each_grace_period_of_a_busy_thread) {
  EXPECT_GE(callbacks_in_a_second(50us), 480);
  EXPECT_LE(callbacks_in_a_second(50us), 500);
  EXPECT_GE(callbacks_in_a_second(400us), 400);
}

TEST(TickKeeper, leaves_none_for_a_thread_that_rests_long) {
  EXPECT_EQ(callbacks_in_a_second(1ms), 0);
  EXPECT_EQ(callbacks_in_a_second(20ms), 0);
}

}  // namespace tick_keeper_test
}  // namespace overlay
