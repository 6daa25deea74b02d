#include "overlay/loop/wakeup_pacer.h"

#include <gtest/gtest.h>

namespace overlay {
namespace wakeup_pacer_test {

using namespace std::chrono_literals;

// A thread whose rounds take no time. It sleeps as long as the pacer says, and otherwise until the next
// packet.
class Thread {
 public:
  explicit Thread(Duration interval) : pacer_(interval) {}

  // Packets come evenly for `time`. Returns how many wake-ups they took and the longest that one waited.
  struct Outcome {
    int wakeups = 0;
    Duration longest_wait{};
  };
  Outcome serve(Duration gap, Duration time) {
    Outcome outcome;
    const Instant end = now_ + time;
    for (Instant next = now_ + gap; next < end;) {
      now_ = std::max(now_, next);
      pacer_.awake(now_);
      ++outcome.wakeups;
      for (; next <= now_; next += gap, ++packets_)
        outcome.longest_wait = std::max(outcome.longest_wait, now_ - next);
      now_ = std::max(now_, pacer_.rest_until(now_, packets_));
    }
    return outcome;
  }

 private:
  WakeupPacer pacer_;
  Instant now_{1s};
  std::uint64_t packets_ = 0;
};

TEST(WakeupPacer, lets_packets_of_a_steady_load_share_wake_ups) {
  Thread thread(100us);
  thread.serve(10us, 20ms);

  const auto outcome = thread.serve(10us, 100ms);

  EXPECT_LE(outcome.wakeups, 1000 + 10);
  EXPECT_LE(outcome.longest_wait, 100us);
}

TEST(WakeupPacer, never_makes_a_lone_packet_wait) {
  Thread thread(100us);

  const auto outcome = thread.serve(1ms, 1s);

  EXPECT_EQ(outcome.longest_wait, 0us);
}

TEST(WakeupPacer, stops_resting_soon_after_the_load_went) {
  Thread thread(100us);
  thread.serve(10us, 100ms);
  thread.serve(1ms, 10ms);

  EXPECT_EQ(thread.serve(1ms, 1s).longest_wait, 0us);
}

TEST(WakeupPacer, never_rests_when_it_is_switched_off) {
  Thread thread(0us);

  EXPECT_EQ(thread.serve(10us, 100ms).longest_wait, 0us);
}

TEST(WakeupPacer, gives_no_rest_to_a_thread_that_has_no_time_left) {
  WakeupPacer pacer(100us);
  std::uint64_t packets = 0;
  Instant now{1s};

  for (int round = 0; round < 100; ++round) {
    pacer.awake(now);
    now += 150us;
    packets += 100;
    EXPECT_LE(pacer.rest_until(now, packets), now);
  }
}

}  // namespace wakeup_pacer_test
}  // namespace overlay
