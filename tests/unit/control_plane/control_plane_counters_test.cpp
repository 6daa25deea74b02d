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
  // Each of these is answered with a cookie once the budget for handshakes is used up.
  constexpr std::uint64_t kFlood = 70'000;
  const overlay::ByteVector noise(96 + 80, 1);
  const overlay::ByteVector initiation =
      encode_initiation(overlay::SessionIndex(5), noise, cluster.identity(1).exchange().public_key(), {});

  for (std::uint64_t i = 0; i < kFlood; ++i)
    control.on_message(
        0,
        HandshakeReceived{
            .from = TestCluster::endpoint(2), .local = TestCluster::endpoint(1), .bytes = initiation},
        now);

  std::uint64_t polled = 0;
  while (control.poll_message())
    ++polled;
  EXPECT_EQ(polled + control.counters().messages_lost, control.handshake_counters().cookies_demanded);
  EXPECT_GT(control.counters().messages_lost, 0u);
}

}  // namespace control_plane_counters_test
}  // namespace relay
