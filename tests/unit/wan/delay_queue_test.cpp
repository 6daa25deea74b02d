#include "tools/wan/delay_queue.h"

#include <vector>

#include <gtest/gtest.h>

#include "overlay/base/random.h"

namespace wan {
namespace delay_queue_test {

using namespace std::chrono_literals;
using overlay::Instant;

constexpr Instant kStart{1h};

TEST(DelayQueue, returns_no_item_before_it_is_due) {
  DelayQueue<int> queue(4);
  queue.push(kStart + 10ms, 1);

  EXPECT_EQ(queue.next_due(), kStart + 10ms);
  EXPECT_FALSE(queue.pop_due(kStart + 9ms));
  EXPECT_EQ(queue.pop_due(kStart + 10ms), 1);
  EXPECT_EQ(queue.next_due(), overlay::kNever);
}

TEST(DelayQueue, keeps_the_order_of_items_due_together) {
  DelayQueue<int> queue(100);
  for (int i = 0; i < 100; ++i)
    queue.push(kStart, i);

  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(queue.pop_due(kStart), i);
}

TEST(DelayQueue, orders_any_input_by_time) {
  overlay::SeededRandom random(3);
  DelayQueue<Instant> queue(1000);
  for (int i = 0; i < 1000; ++i) {
    const Instant due = kStart + std::chrono::microseconds(random.below(5000));
    queue.push(due, due);
  }

  Instant last = kStart;
  int count = 0;
  while (const auto due = queue.pop_due(kStart + 1s)) {
    EXPECT_GE(*due, last);
    last = *due;
    ++count;
  }

  EXPECT_EQ(count, 1000);
}

}  // namespace delay_queue_test
}  // namespace wan
