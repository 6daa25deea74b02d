// Messages that find no room are counted, wherever they are discarded.
#include <gtest/gtest.h>

#include "tests/unit/control_plane/lone_control_plane.h"

namespace relay {
namespace control_plane_counters_test {

using namespace std::chrono_literals;

TEST(ControlPlaneCounters, messages_that_nobody_polls_are_bounded_and_counted) {
  TestCluster cluster(1);
  const overlay::Instant now{1h};
  ControlPlane control(cluster.config(1), cluster.random, now, {now, kCalendar});
  std::uint64_t before = 0;
  while (control.poll_message())
    ++before;
  // Each of these is one message.
  constexpr std::uint64_t kFlood = 70'000;

  for (std::uint64_t i = 0; i < kFlood; ++i)
    control.reconfigure({.servers = {nullptr}}, now);

  std::uint64_t polled = 0;
  while (control.poll_message())
    ++polled;
  EXPECT_EQ(polled + control.counters().messages_lost, kFlood);
  EXPECT_GT(control.counters().messages_lost, 0u);
}

}  // namespace control_plane_counters_test
}  // namespace relay
