// While it lives, this process gets no further file descriptor: what accept() says then is EMFILE.
#pragma once

#include <chrono>
#include <cstddef>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "overlay/loop/event_loop.h"
#include "overlay/loop/system_clock.h"

class NoDescriptors {
 public:
  NoDescriptors() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const rlimit few{.rlim_cur = 3, .rlim_max = before_.rlim_max};  // there are as many in every process
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  }
  ~NoDescriptors() { EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before_), 0); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

// How often the loop, whose timer it takes, wakes up in 50 ms without further descriptors.
inline std::size_t rounds_without_descriptors(overlay::EventLoop& loop) {
  bool is_time_up = false;
  loop.on_timer([&] { is_time_up = true; });
  loop.arm_timer(overlay::system_now() + std::chrono::milliseconds(50));
  std::size_t rounds = 0;
  {
    const NoDescriptors none;
    while (!is_time_up) {
      loop.run_once();
      ++rounds;
    }
  }
  loop.on_timer({});
  return rounds;
}
