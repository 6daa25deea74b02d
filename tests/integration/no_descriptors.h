// Processes with few file descriptors or none.
#pragma once

#include <chrono>
#include <cstddef>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "overlay/loop/event_loop.h"
#include "overlay/loop/file_descriptor.h"
#include "overlay/loop/system_clock.h"

// While it lives, this process has that limit of descriptors.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t limit) {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const rlimit few{.rlim_cur = limit, .rlim_max = before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  }
  ~DescriptorLimit() { EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before_), 0); }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

 private:
  rlimit before_{};
};

// While it lives, this process gets no further descriptor: what accept() says then is EMFILE.
class NoDescriptors {
 private:
  DescriptorLimit limit_{3};  // there are as many in every process
};

// The number of descriptors that this process can still open, at most 1,000.
inline std::size_t count_free_descriptors() {
  std::vector<overlay::FileDescriptor> opened;
  while (opened.size() < 1000) {
    overlay::FileDescriptor fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!fd.is_open()) break;
    opened.push_back(std::move(fd));
  }
  return opened.size();
}

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
