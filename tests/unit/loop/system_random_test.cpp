#include "overlay/loop/system_random.h"

#include <algorithm>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace overlay {
namespace system_random_test {

TEST(SystemRandom, never_hands_out_the_same_bytes_twice) {
  SystemRandom random;
  std::set<std::uint64_t> seen;

  for (int i = 0; i < 1000; ++i)
    seen.insert(random.u64());

  EXPECT_EQ(seen.size(), 1000u);
}

TEST(SystemRandom, fills_requests_longer_than_its_pool) {
  SystemRandom random;
  ByteVector out(5000);

  random.fill(out);

  EXPECT_LT(std::ranges::count(out, 0), 200);
}

TEST(SystemRandom, differs_between_instances) {
  SystemRandom one;
  SystemRandom other;

  EXPECT_NE(one.u64(), other.u64());
}

}  // namespace system_random_test
}  // namespace overlay
