#include "overlay/loop/system_clock.h"

#include <sys/prctl.h>

namespace overlay {
namespace {

Duration read_clock(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Instant system_now() {
  return Instant(read_clock(CLOCK_MONOTONIC));
}

timespec as_timespec(Instant time) {
  const Duration since_boot = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_boot);
  return {.tv_sec = seconds.count(), .tv_nsec = (since_boot - seconds).count()};
}

void sleep_until(Instant deadline) {
  const timespec when = as_timespec(deadline);
  (void)::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, nullptr);
}

void make_timers_exact() {
  constexpr unsigned long kNanosecond = 1;
  (void)::prctl(PR_SET_TIMERSLACK, kNanosecond, 0, 0, 0);
}

// The anchor is moved back to the last full second, so that seconds turn over when the system's do.
WallClock system_wall_clock() {
  const Instant now = system_now();
  const Duration civil = read_clock(CLOCK_REALTIME);
  const auto seconds = std::chrono::floor<UnixSeconds>(civil);
  return {now - (civil - seconds), seconds};
}

}  // namespace overlay
