#include "relay/io/handshake_queue.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace handshake_queue_test {

using namespace std::chrono_literals;
using testing::ElementsAre;

class HandshakeQueueTest : public testing::Test {
 protected:
  void join(std::string_view address, const std::string& name) {
    places_.push_back(queue_.join(overlay::IpAddress::parse(address).value(),
                                  [this, name](overlay::Instant) { served_.push_back(name); }));
  }
  // Rounds of the loop until no step waits or the budget is used up.
  std::size_t serve_all() {
    const std::size_t before = served_.size();
    while (queue_.next_timeout() <= now_)
      queue_.serve(now_);
    return served_.size() - before;
  }

  HandshakeQueue queue_{100};
  std::vector<HandshakeQueue::Place> places_;
  std::vector<std::string> served_;
  overlay::Instant now_{1000s};
};

TEST_F(HandshakeQueueTest, runs_one_step_in_a_round_so_that_datagrams_get_their_turn_between_two) {
  queue_.serve(now_);
  join("192.0.2.1", "a");
  join("192.0.2.2", "b");

  queue_.serve(now_);
  EXPECT_THAT(served_, ElementsAre("a"));
  EXPECT_EQ(queue_.next_timeout(), now_);
  queue_.serve(now_);

  EXPECT_THAT(served_, ElementsAre("a", "b"));
  EXPECT_EQ(queue_.next_timeout(), overlay::kNever);
}

TEST_F(HandshakeQueueTest, runs_two_steps_for_each_handshake_of_the_budget) {
  queue_.serve(now_);
  for (int i = 0; i < 1000; ++i)
    join("192.0.2.1", "step");
  const std::size_t burst = serve_all();
  EXPECT_EQ(burst, 100u);
  queue_.serve(now_);
  EXPECT_EQ(served_.size(), burst);

  std::size_t in_a_second = 0;
  for (const overlay::Instant end = now_ + 1s; now_ < end;) {
    now_ = queue_.next_timeout();
    in_a_second += serve_all();
  }

  EXPECT_EQ(in_a_second, 200u);
  EXPECT_EQ(queue_.size(), 700u);
  EXPECT_EQ(queue_.counters().delayed, 1u);  // the others waited behind it
}

TEST_F(HandshakeQueueTest, without_a_limit_never_waits_for_a_budget) {
  HandshakeQueue unlimited(0);
  std::size_t served = 0;
  for (int i = 0; i < 1000; ++i)
    places_.push_back(unlimited.join({}, [&](overlay::Instant) { ++served; }));

  while (unlimited.size() > 0)
    unlimited.serve(now_);

  EXPECT_EQ(served, 1000u);
  EXPECT_EQ(unlimited.counters().delayed, 0u);
  places_.clear();
}

TEST_F(HandshakeQueueTest, serves_a_client_after_one_turn_of_each_network_however_much_those_have_waiting) {
  for (int i = 0; i < 50; ++i)
    join("2001:db8:0:" + std::to_string(i) + "::1", "flood");
  for (int i = 0; i < 50; ++i)
    join("198.51.100." + std::to_string(i), "flood");

  queue_.serve(now_);
  join("192.0.2.1", "honest");
  for (int i = 0; i < 4; ++i)  // the turns of both networks that began before
    queue_.serve(now_);

  EXPECT_EQ(served_.back(), "honest");
}

TEST_F(HandshakeQueueTest, forgets_a_client_that_left_and_spends_nothing_on_it) {
  join("192.0.2.1", "gone");
  join("192.0.2.2", "stays");
  places_.erase(places_.begin());
  ASSERT_EQ(queue_.size(), 1u);

  queue_.serve(now_);

  EXPECT_THAT(served_, ElementsAre("stays"));
  EXPECT_EQ(queue_.counters().steps, 1u);
}

TEST_F(HandshakeQueueTest, lets_a_step_give_up_its_own_place_and_join_again) {
  HandshakeQueue::Place place;
  place = queue_.join({}, [&](overlay::Instant) {
    served_.emplace_back("first");
    place = queue_.join({}, [&](overlay::Instant) { served_.emplace_back("second"); });
  });
  ASSERT_TRUE(place.is_taken());

  queue_.serve(now_);
  EXPECT_TRUE(place.is_taken());
  queue_.serve(now_);

  EXPECT_FALSE(place.is_taken());
  EXPECT_THAT(served_, ElementsAre("first", "second"));
}

}  // namespace handshake_queue_test
}  // namespace relay
