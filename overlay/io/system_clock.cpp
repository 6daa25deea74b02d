#include "overlay/io/system_clock.h"

#include <ctime>

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

// The anchor is moved back to the last full second, so that seconds turn over when the system's do.
WallClock system_wall_clock() {
  const Instant now = system_now();
  const Duration civil = read_clock(CLOCK_REALTIME);
  const auto seconds = std::chrono::floor<UnixSeconds>(civil);
  return {now - (civil - seconds), seconds};
}

}  // namespace overlay
