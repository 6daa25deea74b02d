#include "relay/node/watchdog.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/views/metrics.h"

namespace relay {
namespace {

using namespace std::chrono_literals;
using overlay::Instant;

constexpr Instant kStart{1000s};
constexpr Instant kNever{};

TEST(Watchdog, trusts_data_planes_that_report) {
  Watchdog watchdog(kStart);

  const auto verdict = watchdog.check(std::vector{kStart + 59s, kStart + 50s}, kStart + 60s);

  EXPECT_EQ(verdict.stalled, std::nullopt);
  EXPECT_FALSE(verdict.has_changed);
}

TEST(Watchdog, gives_a_data_plane_time_for_its_first_report) {
  Watchdog watchdog(kStart);
  const std::vector reported_at{kStart + 1s, kNever};

  EXPECT_EQ(watchdog.check(reported_at, kStart + kPlaneSilence).stalled, std::nullopt);
  EXPECT_EQ(watchdog.check(reported_at, kStart + kPlaneSilence + 1s).stalled, 1u);
}

TEST(Watchdog, names_the_data_plane_that_stalls_among_others_that_report) {
  Watchdog watchdog(kStart);
  const Instant now = kStart + 100s;

  const auto verdict = watchdog.check(std::vector{now, now - kPlaneSilence - 1ms, now}, now);

  EXPECT_EQ(verdict.stalled, 1u);
}

TEST(Watchdog, tells_a_stall_and_its_end_once_each) {
  Watchdog watchdog(kStart);
  const Instant now = kStart + 100s;
  const std::vector stalled{kStart + 1s};

  EXPECT_TRUE(watchdog.check(stalled, now).has_changed);
  EXPECT_FALSE(watchdog.check(stalled, now + 1s).has_changed);
  EXPECT_TRUE(watchdog.check(std::vector{now + 2s}, now + 2s).has_changed);
  EXPECT_FALSE(watchdog.check(std::vector{now + 2s}, now + 3s).has_changed);
}

}  // namespace
}  // namespace relay
