#include "relay/node/descriptor_watch.h"

#include <gtest/gtest.h>

#include "overlay/loop/descriptor_reserve.h"

namespace relay {
namespace descriptor_watch_test {

using namespace std::chrono_literals;

TEST(DescriptorReserve, is_64_or_an_eighth_of_a_small_limit) {
  EXPECT_EQ(overlay::reserved_descriptors(1'048'576), 64u);
  EXPECT_EQ(overlay::reserved_descriptors(128), 16u);
  EXPECT_EQ(overlay::reserved_descriptors(0), 0u);
}

TEST(DescriptorWatch, needs_one_descriptor_for_each_allocation_and_connection) {
  NodeConfig config;
  config.cores = 1;
  config.turn.emplace();
  const std::size_t before = needed_descriptors(config);

  config.turn->max_allocations += 1000;
  config.turn->max_connections += 500;

  EXPECT_EQ(needed_descriptors(config), before + 1500);
}

TEST(DescriptorWatch, is_over_only_after_five_seconds_without_scarcity) {
  DescriptorWatch watch;
  overlay::Instant now{1h};
  watch.note(true, now);
  EXPECT_TRUE(watch.is_exhausted());

  watch.note(false, now += 4s);
  EXPECT_TRUE(watch.is_exhausted());
  watch.note(true, now += 1s);
  watch.note(false, now += 4s);
  EXPECT_TRUE(watch.is_exhausted());

  watch.note(false, now += 1s);
  EXPECT_FALSE(watch.is_exhausted());
}

}  // namespace descriptor_watch_test
}  // namespace relay
