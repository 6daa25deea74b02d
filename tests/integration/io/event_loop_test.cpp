#include "overlay/loop/event_loop.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "overlay/loop/file_descriptor.h"
#include "overlay/loop/system_clock.h"

namespace overlay {
namespace event_loop_test {

using std::chrono::hours;
using std::chrono::milliseconds;

// Stops a loop that does not end by itself. On a stalled host a timer may be seconds late.
class Patience {
 public:
  explicit Patience(EventLoop& loop)
      : thread_([this, &loop](const std::stop_token& ended) {
          std::unique_lock lock(mutex_);
          condition_.wait_for(lock, ended, std::chrono::seconds(20), [] { return false; });
          if (ended.stop_requested()) return;
          is_over_ = true;
          loop.stop();
        }) {}

  // Of a loop that has returned.
  [[nodiscard]] bool was_enough() {
    thread_.request_stop();
    thread_.join();
    return !is_over_;
  }

 private:
  bool is_over_ = false;
  std::mutex mutex_;
  std::condition_variable_any condition_;
  std::jthread thread_;
};

TEST(EventLoop, runs_until_another_thread_stops_it) {
  EventLoop loop;
  Patience patience(loop);
  std::atomic<bool> was_stopped = false;

  std::jthread stopper([&] {
    was_stopped = true;
    loop.stop();
  });
  loop.run();

  EXPECT_TRUE(was_stopped);
  EXPECT_TRUE(patience.was_enough());
}

// epoll refuses a file of a disk as it refuses a socket when fs.epoll.max_user_watches is reached.
TEST(EventLoop, says_that_the_kernel_refuses_to_watch_a_descriptor) {
  EventLoop loop;
  const FileDescriptor file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(file.is_open());

  EventLoop::Watch watch = loop.on_readable(file.get(), [] {});

  EXPECT_FALSE(watch.is_active());
  EXPECT_FALSE(watch.resume());
  watch.cancel();

  const Wakeup ready;
  watch = loop.on_writable(ready.fd(), [] {});
  EXPECT_TRUE(watch.is_active());
  watch.cancel();
  EXPECT_FALSE(watch.is_active());
  EXPECT_TRUE(watch.resume());
}

TEST(EventLoop, calls_the_timer_once_and_not_before_its_deadline) {
  EventLoop loop;
  int calls = 0;
  const Instant deadline = system_now() + milliseconds(2);
  loop.on_timer([&] {
    ++calls;
    EXPECT_GE(system_now(), deadline);
    loop.stop();
  });

  loop.arm_timer(deadline);
  loop.run();

  EXPECT_EQ(calls, 1);
}

TEST(EventLoop, calls_the_timer_at_once_when_the_deadline_has_passed) {
  EventLoop loop;
  Patience patience(loop);
  int calls = 0;
  loop.on_timer([&] { ++calls; });

  loop.arm_timer(Instant{});
  loop.run_once();

  EXPECT_EQ(calls, 1);
}

TEST(EventLoop, follows_a_deadline_that_moves_to_later) {
  EventLoop loop;
  const Instant later = system_now() + milliseconds(6);
  loop.on_timer([&] {
    EXPECT_GE(system_now(), later);
    loop.stop();
  });

  loop.arm_timer(system_now() + milliseconds(1));
  loop.arm_timer(later);
  loop.run();
}

TEST(EventLoop, follows_a_deadline_that_moves_to_earlier) {
  EventLoop loop;
  Patience patience(loop);
  const Instant earlier = system_now() + milliseconds(1);
  loop.on_timer([&] {
    EXPECT_GE(system_now(), earlier);
    loop.stop();
  });

  loop.arm_timer(system_now() + hours(1));
  loop.arm_timer(earlier);
  loop.run();

  EXPECT_TRUE(patience.was_enough());
}

TEST(EventLoop, ends_each_round_with_the_round_handler) {
  EventLoop loop;
  std::vector<std::string> order;
  loop.on_wakeup([&] { order.emplace_back("wakeup"); });
  loop.on_round([&] { order.emplace_back("round"); });

  loop.wakeup().notify();
  loop.wakeup().notify();
  loop.run_once();

  EXPECT_EQ(order, (std::vector<std::string>{"wakeup", "round"}));
}

TEST(EventLoop, calls_the_timer_after_everything_that_is_ready) {
  EventLoop loop;
  Wakeup readable;
  std::vector<std::string> order;
  loop.on_timer([&] { order.emplace_back("timer"); });
  loop.on_wakeup([&] { order.emplace_back("wakeup"); });
  loop.on_round([&] { order.emplace_back("round"); });
  const auto watch = loop.on_readable(readable.fd(), [&] {
    readable.acknowledge();
    order.emplace_back("datagrams");
  });

  loop.arm_timer(Instant{});  // fires before the others are ready
  readable.notify();
  loop.wakeup().notify();
  loop.run_once();

  EXPECT_EQ(order, (std::vector<std::string>{"datagrams", "wakeup", "timer", "round"}));
}

TEST(EventLoop, forgets_a_watch_that_was_cancelled_in_its_own_handler) {
  EventLoop loop;
  Wakeup readable;
  int calls = 0;
  EventLoop::Watch watch;
  watch = loop.on_readable(readable.fd(), [&] {
    ++calls;
    watch.cancel();
    loop.stop();
  });

  readable.notify();
  loop.run();
  loop.wakeup().notify();
  loop.run_once();

  EXPECT_EQ(calls, 1);
}

}  // namespace event_loop_test
}  // namespace overlay
