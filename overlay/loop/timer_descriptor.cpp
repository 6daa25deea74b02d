#include "overlay/loop/timer_descriptor.h"

#include <algorithm>
#include <cstdint>

#include <sys/timerfd.h>
#include <unistd.h>

#include "overlay/base/check.h"
#include "overlay/loop/system_clock.h"

namespace overlay {

TimerDescriptor::TimerDescriptor(Taking taking)
    : timer_(
          ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | (taking == Taking::kReturns ? TFD_NONBLOCK : 0))) {
  CHECK(timer_.is_open());
}

void TimerDescriptor::set(Instant deadline) {
  // Zero would disarm; anything in the past fires at once.
  const itimerspec when{.it_interval = {}, .it_value = as_timespec(std::max(deadline, Instant(Duration(1))))};
  CHECK(::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr) == 0);
}

bool TimerDescriptor::take() {
  std::uint64_t expirations = 0;
  return ::read(timer_.get(), &expirations, sizeof expirations) == sizeof expirations;
}

}  // namespace overlay
