#include "tools/wan/link_model.h"

#include <gtest/gtest.h>

namespace wan {
namespace link_model_test {

using namespace std::chrono_literals;
using overlay::Instant;

constexpr Instant kStart{1h};

class LinkModelTest : public testing::Test {
 protected:
  // The number of delivered packets, of `count` sent 1 ms apart.
  [[nodiscard]] int survivors(LinkModel& link, int count) {
    int alive = 0;
    for (int i = 0; i < count; ++i)
      if (link.admit(kStart + i * 1ms, 100, random_)) ++alive;
    return alive;
  }

  overlay::SeededRandom random_{7};
};

TEST_F(LinkModelTest, delays_every_packet_by_the_delay_of_the_link) {
  LinkModel link({.delay = 12ms});

  const auto arrival = link.admit(kStart, 1200, random_);

  ASSERT_TRUE(arrival);
  EXPECT_EQ(*arrival, kStart + 12ms);
}

TEST_F(LinkModelTest, drops_all_packets_when_cut) {
  LinkModel link({.is_cut = true});

  const auto arrival = link.admit(kStart, 1200, random_);

  ASSERT_FALSE(arrival);
  EXPECT_EQ(arrival.error(), DropReason::kCut);
}

TEST_F(LinkModelTest, loses_the_configured_share_at_random) {
  LinkModel link({.loss = 0.05});

  EXPECT_NEAR(survivors(link, 100'000), 95'000, 300);
}

TEST_F(LinkModelTest, loses_the_configured_share_in_bursts_of_the_configured_length) {
  LinkModel link({.burst = BurstLoss::of(0.05, 10)});
  int lost = 0;
  int bursts = 0;
  bool was_lost = false;

  for (int i = 0; i < 400'000; ++i) {
    const bool is_lost = !link.admit(kStart + i * 1ms, 100, random_);
    if (is_lost) ++lost;
    if (is_lost && !was_lost) ++bursts;
    was_lost = is_lost;
  }

  EXPECT_NEAR(lost, 20'000, 1'500);
  EXPECT_NEAR(static_cast<double>(lost) / bursts, 10, 0.7);
}

TEST_F(LinkModelTest, jitter_stays_within_its_bound_and_never_reorders) {
  LinkModel link({.delay = 10ms, .jitter = 5ms});
  Instant last = kStart;

  for (int i = 0; i < 10'000; ++i) {
    const Instant sent = kStart + i * 100us;
    const auto arrival = link.admit(sent, 100, random_);
    ASSERT_TRUE(arrival);
    EXPECT_GE(*arrival, last);
    EXPECT_GE(*arrival, sent + 10ms);
    EXPECT_LE(*arrival, sent + 15ms);
    last = *arrival;
  }
}

TEST_F(LinkModelTest, a_rate_limit_spaces_packets_by_their_transmission_time) {
  LinkModel link({.rate = 10'000'000});

  const auto first = link.admit(kStart, 1250, random_);
  const auto second = link.admit(kStart, 1250, random_);

  EXPECT_EQ(*first, kStart + 1ms);
  EXPECT_EQ(*second, kStart + 2ms);
}

TEST_F(LinkModelTest, a_full_queue_before_the_rate_limit_drops) {
  LinkModel link({.rate = 10'000'000, .queue = 5ms});
  int accepted = 0;

  for (int i = 0; i < 100; ++i)
    if (link.admit(kStart, 1250, random_)) ++accepted;

  EXPECT_EQ(accepted, 6);
  EXPECT_EQ(link.admit(kStart, 1250, random_).error(), DropReason::kQueue);
}

TEST_F(LinkModelTest, packets_after_a_shorter_delay_may_overtake) {
  LinkModel link({.delay = 60ms});
  const auto slow = link.admit(kStart, 100, random_);

  link.reshape({.delay = 10ms});
  const auto fast = link.admit(kStart + 1ms, 100, random_);

  EXPECT_LT(*fast, *slow);
}

TEST(Impairment, adds_to_the_shape_of_the_link) {
  const LinkShape shape{.delay = 10ms, .loss = 0.1, .rate = 1'000'000};

  const auto worse = impaired(shape, {.delay = 50ms, .jitter = 5ms, .loss = 0.5, .rate = 2'000'000});

  EXPECT_EQ(worse.delay, 60ms);
  EXPECT_EQ(worse.jitter, 5ms);
  EXPECT_DOUBLE_EQ(worse.loss, 0.55);
  EXPECT_EQ(worse.rate, 1'000'000u);
  EXPECT_FALSE(worse.is_cut);
}

}  // namespace link_model_test
}  // namespace wan
