#include "tests/sim/alarm.h"

#include <vector>

#include <gtest/gtest.h>

namespace sim {
namespace alarm_test {

using namespace std::chrono_literals;

class AlarmTest : public testing::Test {
 protected:
  void run() {
    while (events_.step()) {
    }
  }

  EventQueue events_;
  std::vector<SimTime> rung_;
  Alarm alarm_{events_, [this] { rung_.push_back(events_.now()); }};
};

TEST_F(AlarmTest, rings_once) {
  alarm_.arm(SimTime(5ms));

  run();

  EXPECT_EQ(rung_, std::vector{SimTime(5ms)});
}

TEST_F(AlarmTest, rings_only_for_the_last_instant_that_it_was_armed_for) {
  alarm_.arm(SimTime(5ms));
  alarm_.arm(SimTime(9ms));
  alarm_.arm(SimTime(2ms));
  alarm_.arm(SimTime(7ms));

  run();

  EXPECT_EQ(rung_, std::vector{SimTime(7ms)});
}

TEST_F(AlarmTest, does_not_ring_when_disarmed) {
  alarm_.arm(SimTime(5ms));
  alarm_.disarm();

  run();

  EXPECT_TRUE(rung_.empty());
}

TEST(Alarm, does_not_ring_when_it_is_gone) {
  EventQueue events;
  bool rang = false;
  {
    Alarm alarm(events, [&] { rang = true; });
    alarm.arm(SimTime(5ms));
  }

  while (events.step()) {
  }

  EXPECT_FALSE(rang);
}

}  // namespace alarm_test
}  // namespace sim
