// Time for the cores: always an argument; a core cannot read a clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace overlay {

// A clock without now(). Only shells (overlay/loop/system_clock.h, tests/sim) create Instants.
struct Timeline {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Timeline>;
  static constexpr bool is_steady = true;
};

using Duration = Timeline::duration;
using Instant = Timeline::time_point;

// No timeout is armed.
inline constexpr Instant kNever = Instant::max();

// Seconds since 1970-01-01T00:00:00Z.
using UnixSeconds = std::chrono::duration<std::int64_t>;

// Maps the steady timeline to civil time, which may jump. Shells refresh it. Only certificates, expiring
// usernames and nonces use it; intervals are measured on the steady timeline.
class WallClock {
 public:
  constexpr WallClock() = default;
  // `at_anchor` counts from the same epoch as UnixSeconds.
  constexpr WallClock(Instant anchor, Duration at_anchor) : anchor_(anchor), at_anchor_(at_anchor) {}

  [[nodiscard]] constexpr UnixSeconds at(Instant now) const {
    return std::chrono::floor<UnixSeconds>(since_epoch(now));
  }
  [[nodiscard]] constexpr Duration since_epoch(Instant now) const { return at_anchor_ + (now - anchor_); }

 private:
  Instant anchor_{};
  Duration at_anchor_{};
};

[[nodiscard]] constexpr double to_ms(Duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}
[[nodiscard]] constexpr double to_s(Duration d) {
  return std::chrono::duration<double>(d).count();
}

}  // namespace overlay
