#include "relay/data_plane/due_clients.h"

#include <gtest/gtest.h>

namespace relay {
namespace due_clients_test {

using Task = DueClients::Task;

FiveTuple client(std::uint16_t port) {
  return {.client = {overlay::IpAddress::v4({192, 0, 2, 10}), port},
          .server = {overlay::IpAddress::v4({192, 0, 2, 1}), 3478}};
}

TEST(DueClientsTest, have_one_task_each_however_often_it_is_added) {
  DueClients due;

  for (int i = 0; i < 1'000; ++i)
    due.add(client(5000), {.task = Task::kReview});
  due.add(client(5001), {.task = Task::kReview});

  EXPECT_EQ(due.size(), 2u);
  EXPECT_TRUE(due.take());
  EXPECT_TRUE(due.take());
  EXPECT_FALSE(due.take());
}

TEST(DueClientsTest, keep_the_greater_of_two_tasks) {
  DueClients due;

  due.add(client(5000), {.task = Task::kReviewWithGrace});
  due.add(client(5000), {.task = Task::kEnd, .end = AllocationEnd::kByOperator});
  due.add(client(5000), {.task = Task::kReview});
  due.add(client(5000), {.task = Task::kEnd, .end = AllocationEnd::kDrained});

  const auto taken = due.take();
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->second.task, Task::kEnd);
  EXPECT_EQ(taken->second.end, AllocationEnd::kByOperator);
}

}  // namespace due_clients_test
}  // namespace relay
