#include "tests/sim/flow_record.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace sim {
namespace flow_record_test {

using namespace std::chrono_literals;

// Ten packets, one each 20 ms, 5 ms on the way.
FlowRecord steady_flow_without(std::vector<std::uint64_t> lost) {
  FlowRecord flow;
  for (int i = 0; i < 10; ++i)
    (void)flow.note_sent(SimTime(20ms * i));
  for (std::uint64_t i = 0; i < 10; ++i) {
    if (std::ranges::find(lost, i) != lost.end()) continue;
    EXPECT_TRUE(flow.note_arrived(i, SimTime(20ms * i + 5ms)));
  }
  return flow;
}

TEST(FlowRecord, counts_what_was_sent_and_lost_in_a_window) {
  const FlowRecord flow = steady_flow_without({3, 4});

  EXPECT_EQ(flow.sent(), 10u);
  EXPECT_EQ(flow.lost(), 2u);
  EXPECT_EQ(flow.lost({.from = SimTime(80ms)}), 1u);
  EXPECT_EQ(flow.lost({.from = SimTime(100ms)}), 0u);
}

TEST(FlowRecord, finds_the_longest_gap) {
  const FlowRecord flow = steady_flow_without({3, 4});

  EXPECT_EQ(flow.longest_gap(), 60ms);
  EXPECT_EQ(flow.longest_gap({.from = SimTime(100ms)}), 20ms);
  EXPECT_EQ(flow.longest_gap({.from = SimTime(180ms)}), std::nullopt);
}

TEST(FlowRecord, counts_silence_until_the_sender_stops_as_a_gap) {
  const FlowRecord flow = steady_flow_without({4, 5, 6, 7, 8, 9});

  EXPECT_EQ(flow.longest_gap(), 115ms);  // from 65 ms to 180 ms
  EXPECT_EQ(flow.longest_gap({.from = SimTime(100ms)}), 80ms);
}

TEST(FlowRecord, refuses_a_second_arrival_and_one_that_was_never_sent) {
  FlowRecord flow = steady_flow_without({});

  EXPECT_FALSE(flow.note_arrived(3, SimTime(1s)));
  EXPECT_FALSE(flow.note_arrived(10, SimTime(1s)));
}

TEST(FlowRecord, counts_who_was_overtaken_and_the_longest_transit) {
  FlowRecord flow = steady_flow_without({3});

  EXPECT_TRUE(flow.note_arrived(3, SimTime(1s)));

  EXPECT_EQ(flow.overtaken(), 1u);
  EXPECT_EQ(flow.longest_transit(), 940ms);
}

}  // namespace flow_record_test
}  // namespace sim
