#include "overlay/base/bounded_queue.h"

#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

namespace overlay {
namespace bounded_queue_test {

TEST(BoundedQueue, refuses_what_does_not_fit) {
  BoundedQueue<int> queue(2);

  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.push(2));
  EXPECT_FALSE(queue.push(3));
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_TRUE(queue.push(4));
  EXPECT_EQ(queue.pop(), 2);
  EXPECT_EQ(queue.pop(), 4);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(BoundedQueue, leaves_what_it_refuses_to_the_caller) {
  BoundedQueue<std::string> queue(1);
  std::string refused = "as it was";
  EXPECT_TRUE(queue.push("first"));

  EXPECT_FALSE(queue.push(std::move(refused)));

  EXPECT_EQ(refused, "as it was");  // NOLINT(bugprone-use-after-move): the point of the test
}

// Counts its living instances.
struct Counted {
  Counted() { ++living; }
  Counted(const Counted&) { ++living; }
  Counted& operator=(const Counted&) = default;
  ~Counted() { --living; }

  static inline std::size_t living = 0;
};

TEST(BoundedQueue, has_no_items_but_those_that_wait_in_it) {
  {
    BoundedQueue<Counted> queue(4096);
    EXPECT_EQ(Counted::living, 0u);

    EXPECT_TRUE(queue.push(Counted()));
    EXPECT_TRUE(queue.push(Counted()));
    EXPECT_EQ(Counted::living, 2u);

    (void)queue.pop();
    EXPECT_EQ(Counted::living, 1u);
  }
  EXPECT_EQ(Counted::living, 0u);
}

TEST(BoundedQueue, keeps_order_between_two_threads) {
  constexpr int kItems = 100'000;
  BoundedQueue<int> queue(64);

  std::thread producer([&] {
    for (int i = 0; i < kItems; ++i)
      while (!queue.push(int{i}))
        std::this_thread::yield();
  });
  int expected = 0;
  while (expected < kItems) {
    const auto item = queue.pop();
    if (!item) {
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(*item, expected++);
  }
  producer.join();
}

}  // namespace bounded_queue_test
}  // namespace overlay
