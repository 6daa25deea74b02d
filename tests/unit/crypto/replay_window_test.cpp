#include "overlay/crypto/replay_window.h"

#include <set>

#include <gtest/gtest.h>

#include "overlay/base/random.h"

namespace overlay {
namespace replay_window_test {

TEST(ReplayWindow, accepts_every_counter_once_in_any_order) {
  ReplayWindow<64> window;

  for (const int counter : {5, 3, 4, 70, 10})
    EXPECT_TRUE(window.accept(static_cast<std::uint64_t>(counter))) << counter;
  for (const int counter : {5, 3, 70, 10})
    EXPECT_FALSE(window.accept(static_cast<std::uint64_t>(counter))) << counter;
}

TEST(ReplayWindow, refuses_what_is_older_than_it_remembers) {
  ReplayWindow<64> window;
  EXPECT_TRUE(window.accept(1000));

  EXPECT_TRUE(window.accept(1000 - 63));
  EXPECT_FALSE(window.accept(1000 - 64));
}

TEST(ReplayWindow, a_jump_to_the_end_of_the_range_is_survived) {
  ReplayWindow<64> window;
  EXPECT_TRUE(window.accept(1));
  EXPECT_TRUE(window.accept(~std::uint64_t{0}));
  EXPECT_FALSE(window.accept(~std::uint64_t{0}));
  EXPECT_FALSE(window.accept(1));
}

TEST(ReplayWindow, does_what_a_set_of_all_counters_would_do) {
  constexpr std::uint64_t kWindow = 256;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SeededRandom random(seed);
    ReplayWindow<kWindow> window;
    std::set<std::uint64_t> accepted;
    std::uint64_t highest = 0;
    for (int step = 0; step < 5000; ++step) {
      const std::uint64_t jump = random.below(50) == 0 ? random.below(2000) : random.below(8);
      const std::uint64_t back = random.below(2 * kWindow);
      const std::uint64_t counter = highest + jump > back ? highest + jump - back : highest + jump;

      const bool too_old = !accepted.empty() && highest >= counter && highest - counter >= kWindow;
      const bool expected = !too_old && !accepted.contains(counter);

      ASSERT_EQ(window.accept(counter), expected)
          << "seed " << seed << " step " << step << " counter " << counter;
      if (expected) accepted.insert(counter);
      highest = std::max(highest, accepted.empty() ? 0 : *accepted.rbegin());
    }
  }
}

}  // namespace replay_window_test
}  // namespace overlay
