#include "relay/admission/token_bucket.h"

#include <gtest/gtest.h>

namespace relay {
namespace token_bucket_test {

using namespace std::chrono_literals;

constexpr overlay::Instant kStart{1h};

// How many bytes of packets of that size, offered each millisecond, pass within that time?
template <typename Bucket>
std::uint64_t passed(Bucket& bucket, const Rate& rate, std::uint64_t size, overlay::Duration time) {
  std::uint64_t bytes = 0;
  for (overlay::Duration at{}; at < time; at += 1ms)
    if (bucket.take(rate, size, kStart + at)) bytes += size;
  return bytes;
}

TEST(TokenBucket, passes_the_burst_at_once_and_then_nothing) {
  const Rate rate({.per_second = 1000, .burst = 3});
  TokenBucket bucket;

  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(bucket.take(rate, 1, kStart));
  EXPECT_FALSE(bucket.take(rate, 1, kStart));
}

TEST(TokenBucket, fills_with_time) {
  const Rate rate({.per_second = 1000, .burst = 1});
  TokenBucket bucket;
  ASSERT_TRUE(bucket.take(rate, 1, kStart));

  EXPECT_FALSE(bucket.take(rate, 1, kStart + 900us));
  EXPECT_TRUE(bucket.take(rate, 1, kStart + 1ms));
}

TEST(TokenBucket, holds_no_more_than_its_burst_after_a_pause) {
  const Rate rate({.per_second = 1000, .burst = 2});
  TokenBucket bucket;

  const overlay::Instant later = kStart + 1h;
  EXPECT_TRUE(bucket.take(rate, 2, later));
  EXPECT_FALSE(bucket.take(rate, 1, later));
}

TEST(TokenBucket, slows_an_excess_to_its_rate) {
  const Rate rate({.per_second = 100'000, .burst = 5'000});
  TokenBucket own;
  SharedTokenBucket shared;

  // Offered: a megabyte a second.
  EXPECT_NEAR(static_cast<double>(passed(own, rate, 1000, 10s)), 1'005'000, 2'000);
  EXPECT_NEAR(static_cast<double>(passed(shared, rate, 1000, 10s)), 1'005'000, 2'000);
}

TEST(TokenBucket, takes_nothing_for_what_it_refuses) {
  const Rate rate({.per_second = 1000, .burst = 10});
  TokenBucket bucket;

  EXPECT_FALSE(bucket.take(rate, 11, kStart));
  EXPECT_TRUE(bucket.take(rate, 10, kStart));
}

TEST(TokenBucket, knows_rates_of_many_gigabits_and_of_one_byte) {
  const Rate fast({.per_second = 12'500'000'000, .burst = 1'000'000});
  const Rate slow({.per_second = 1, .burst = 1});
  TokenBucket bucket;

  EXPECT_EQ(fast.cost_of(1'000'000), 79us + 101ns);  // 80 us, in steps of 1/1024 ns for each byte
  ASSERT_TRUE(bucket.take(slow, 1, kStart));
  EXPECT_FALSE(bucket.take(slow, 1, kStart + 999ms));
  EXPECT_TRUE(bucket.take(slow, 1, kStart + 1s));
}

}  // namespace token_bucket_test
}  // namespace relay
