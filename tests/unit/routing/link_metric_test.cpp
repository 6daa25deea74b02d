#include "routing/link_metric.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "overlay/base/random.h"

namespace routing {
namespace link_metric_test {

using overlay::Random;
using overlay::SeededRandom;
using std::chrono::microseconds;
using std::chrono::milliseconds;

std::uint32_t draw_losses(Random& random, std::uint32_t packets, double ratio) {
  std::uint32_t lost = 0;
  for (std::uint32_t i = 0; i < packets; ++i)
    lost += random.unit() < ratio ? 1U : 0U;
  return lost;
}

// Packets until the estimator notices, in samples of `batch`; `limit` if it does not.
std::uint64_t packets_until_change(LossEstimator& estimator, Random& random, double ratio,
                                   std::uint32_t batch, std::uint64_t limit) {
  for (std::uint64_t packets = batch; packets < limit; packets += batch)
    if (estimator.add(batch, draw_losses(random, batch, ratio))) return packets;
  return limit;
}

TEST(LossEstimator, sees_loss_rise_from_half_to_five_percent_within_about_200_packets) {
  SeededRandom random(1);
  std::vector<std::uint64_t> delays;
  for (int run = 0; run < 500; ++run) {
    LossEstimator estimator;
    for (int i = 0; i < 400; ++i)
      estimator.add(50, draw_losses(random, 50, 0.005));
    delays.push_back(packets_until_change(estimator, random, 0.05, 10, 5000));
  }
  std::ranges::sort(delays);

  EXPECT_LE(delays[delays.size() / 2], 200u);
  EXPECT_LE(delays[delays.size() * 95 / 100], 450u);
}

TEST(LossEstimator, raises_one_false_alarm_in_about_a_million_packets) {
  SeededRandom random(2);
  LossEstimator estimator;
  int alarms = 0;
  for (int sample = 0; sample < 100'000; ++sample)  // five million packets
    alarms += estimator.add(50, draw_losses(random, 50, 0.005)) ? 1 : 0;

  EXPECT_LE(alarms, 5);
}

TEST(LossEstimator, restarts_at_the_change_point) {
  SeededRandom random(3);
  LossEstimator estimator;
  for (int i = 0; i < 2000; ++i)
    estimator.add(50, draw_losses(random, 50, 0.002));
  ASSERT_NEAR(estimator.ratio(), 0.002, 0.001);

  packets_until_change(estimator, random, 0.08, 50, 5000);
  EXPECT_NEAR(estimator.ratio(), 0.08, 0.05);
  for (int i = 0; i < 100; ++i)
    estimator.add(50, draw_losses(random, 50, 0.08));
  EXPECT_NEAR(estimator.ratio(), 0.08, 0.015);
}

TEST(LossEstimator, sees_a_lossy_link_heal) {
  SeededRandom random(4);
  LossEstimator estimator;
  for (int i = 0; i < 200; ++i)
    estimator.add(50, draw_losses(random, 50, 0.10));

  const std::uint64_t took = packets_until_change(estimator, random, 0, 10, 5000);

  EXPECT_LE(took, 300u);
  EXPECT_LT(estimator.ratio(), 0.02);
}

TEST(LossEstimator, says_nothing_of_samples_without_packets) {
  LossEstimator estimator;

  EXPECT_FALSE(estimator.add(0, 0));
  EXPECT_EQ(estimator.ratio(), 0);
}

LinkSample rtt_sample(Duration rtt, Duration jitter = microseconds(200)) {
  return {.sent = 10, .expected = 10, .rtt = rtt, .jitter = jitter};
}

TEST(LinkMetric, an_rtt_step_is_seen_within_three_samples) {
  LinkMetricEstimator estimator;
  for (int i = 0; i < 100; ++i)
    EXPECT_FALSE(estimator.add(rtt_sample(milliseconds(40) + microseconds(i % 7 * 100))).any());

  EXPECT_FALSE(estimator.add(rtt_sample(milliseconds(90))).any());
  EXPECT_FALSE(estimator.add(rtt_sample(milliseconds(90))).any());
  EXPECT_TRUE(estimator.add(rtt_sample(milliseconds(90))).rtt_step);

  EXPECT_EQ(estimator.metric().rtt, milliseconds(90));
}

TEST(LinkMetric, a_single_late_sample_is_no_step) {
  LinkMetricEstimator estimator;
  for (int i = 0; i < 300; ++i)
    EXPECT_FALSE(estimator.add(rtt_sample(milliseconds(i % 20 == 10 ? 120 : 40))).any());

  EXPECT_NEAR(overlay::to_ms(estimator.metric().rtt), 44, 2);
}

TEST(LinkMetric, noise_is_no_step) {
  SeededRandom random(5);
  LinkMetricEstimator estimator;
  int steps = 0;
  for (int i = 0; i < 20'000; ++i) {
    const double noise = random.unit() + random.unit() + random.unit() - 1.5;
    steps += estimator.add(rtt_sample(milliseconds(30) + microseconds(static_cast<int>(4000 * noise)))).any();
  }

  EXPECT_LE(steps, 1);
  EXPECT_NEAR(overlay::to_ms(estimator.metric().rtt), 30, 1);
}

TEST(LinkMetric, directions_of_loss_are_kept_apart) {
  LinkMetricEstimator estimator;
  for (int i = 0; i < 100; ++i)
    estimator.add({.sent = 100, .lost_forward = 4, .expected = 100, .lost_reverse = 0});

  EXPECT_NEAR(estimator.metric().loss_forward, 0.04, 0.005);
  EXPECT_EQ(estimator.metric().loss_reverse, 0);
  EXPECT_FALSE(estimator.has_rtt());
}

TEST(LinkMetric, only_changes_of_ten_percent_and_a_millisecond_are_worth_telling) {
  const LinkMetric advertised{.rtt = milliseconds(50), .jitter = milliseconds(1), .loss_forward = 0.01};
  LinkMetric small = advertised;
  small.rtt = milliseconds(54);
  LinkMetric large = advertised;
  large.rtt = milliseconds(56);
  LinkMetric lossy = advertised;
  lossy.loss_forward = 0.03;
  LinkMetric short_link{.rtt = microseconds(500)};
  LinkMetric doubled{.rtt = milliseconds(1)};

  EXPECT_FALSE(differs_significantly(advertised, small));
  EXPECT_TRUE(differs_significantly(advertised, large));
  EXPECT_TRUE(differs_significantly(advertised, lossy));
  EXPECT_FALSE(differs_significantly(short_link, doubled));
}

}  // namespace link_metric_test
}  // namespace routing
