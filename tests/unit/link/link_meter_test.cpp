#include "overlay/link/link_meter.h"

#include <gtest/gtest.h>

namespace overlay {
namespace link_meter_test {

using std::chrono::microseconds;
using std::chrono::milliseconds;

LinkHeader echo_of(std::uint32_t own_sequence, Instant sent, Duration held, std::uint32_t heard) {
  return {.sequence = own_sequence,
          .echo_sequence = own_sequence,
          .echo_time_us = to_wire_us(sent),
          .echo_hold_us = static_cast<std::uint32_t>(held / microseconds(1)),
          .heard_count = heard};
}

TEST(LinkMeter, the_time_that_the_neighbor_held_the_echo_is_no_part_of_the_rtt) {
  LinkMeter meter;
  const Instant sent{std::chrono::hours(2)};  // wire time has wrapped once
  meter.on_sent(1, 100);

  meter.on_heard(echo_of(1, sent, milliseconds(30), 1), 100, sent + milliseconds(50));

  EXPECT_EQ(meter.rtt(), milliseconds(20));
}

TEST(LinkMeter, counts_loss_in_each_direction_alone) {
  LinkMeter meter;
  const Instant now{};
  for (std::uint32_t sequence = 1; sequence <= 100; ++sequence)
    meter.on_sent(sequence, 10);

  // Of our hundred, ninety arrived. Of the neighbor's fifty, the one with number 50 came, and one before.
  LinkHeader early = echo_of(10, now, {}, 9);
  early.sequence = 1;
  meter.on_heard(early, 10, now);
  LinkHeader late = echo_of(100, now, {}, 90);
  late.sequence = 50;
  meter.on_heard(late, 10, now);
  const LinkSample sample = meter.take_sample();

  EXPECT_EQ(sample.sent, 100u);
  EXPECT_EQ(sample.sent_lost, 10u);
  EXPECT_EQ(sample.heard, 50u);
  EXPECT_EQ(sample.heard_lost, 48u);
  EXPECT_EQ(meter.take_sample().sent, 0u);
}

TEST(LinkMeter, an_echo_of_what_was_never_sent_measures_nothing) {
  LinkMeter meter;
  meter.on_sent(1, 10);

  meter.on_heard(echo_of(7, Instant{}, {}, 7), 10, Instant{milliseconds(5)});

  EXPECT_EQ(meter.rtt(), Duration{});
  EXPECT_EQ(meter.unechoed(), 1u);
}

}  // namespace link_meter_test
}  // namespace overlay
