#include "tests/sim/event_queue.h"

#include <string>

#include <gtest/gtest.h>

namespace sim {
namespace event_queue_test {

using namespace std::chrono_literals;

TEST(EventQueue, runs_by_time_and_events_of_one_time_in_the_order_of_insertion) {
  EventQueue events;
  std::string order;
  events.after(2ms, [&] { order += 'c'; });
  events.after(1ms, [&] { order += 'a'; });
  events.after(1ms, [&] { order += 'b'; });

  while (events.step()) {
  }

  EXPECT_EQ(order, "abc");
  EXPECT_EQ(events.now(), SimTime(2ms));
}

TEST(EventQueue, an_event_may_plan_the_next_one) {
  EventQueue events;
  int ticks = 0;
  std::function<void()> tick = [&] {
    if (++ticks < 5) events.after(10ms, tick);
  };
  events.after(10ms, tick);

  while (events.step()) {
  }

  EXPECT_EQ(ticks, 5);
  EXPECT_EQ(events.now(), SimTime(50ms));
}

TEST(EventQueue, what_is_planned_for_the_past_runs_now_and_time_never_goes_back) {
  EventQueue events;
  events.advance_to(SimTime(1s));
  bool ran = false;
  events.at(SimTime(1ms), [&] { ran = true; });

  EXPECT_TRUE(events.step());

  EXPECT_TRUE(ran);
  EXPECT_EQ(events.now(), SimTime(1s));
}

}  // namespace event_queue_test
}  // namespace sim
