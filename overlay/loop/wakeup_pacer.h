// Decides when a thread that handles packets should rest before it waits for more. Under steady moderate load
// most of a packet's cost is the wake-up that it causes; a short rest lets several share one. A thread that
// is nearly idle never rests, so that a lone packet is handled at once, and neither does one that has no time
// left.
#pragma once

#include <cstdint>

#include "overlay/base/time.h"

namespace overlay {

class WakeupPacer {
 public:
  // `interval`: from one wake-up to the next, and so the longest that a packet waits here; zero: never rest.
  explicit WakeupPacer(Duration interval) : interval_(interval) {}

  // After a round: `packets` is the thread's count since it began. The end of the rest, or a time that has
  // passed. The caller says when it is awake again.
  [[nodiscard]] Instant rest_until(Instant now, std::uint64_t packets) {
    if (interval_ == Duration{}) return now;
    measure(now, packets);
    return is_steady_ ? awake_since_ + interval_ : now;
  }
  void awake(Instant now) { awake_since_ = now; }
  [[nodiscard]] Duration interval() const { return interval_; }

 private:
  // Load is judged over this long.
  static constexpr Duration kWindow = std::chrono::milliseconds(5);
  // Packets in an interval from which on resting saves wake-ups.
  static constexpr std::uint64_t kWorthwhile = 2;

  void measure(Instant now, std::uint64_t packets) {
    const Duration elapsed = now - window_began_;
    if (elapsed < kWindow) return;
    const auto intervals = static_cast<std::uint64_t>(elapsed / interval_);
    is_steady_ = packets - packets_before_ >= kWorthwhile * intervals;
    window_began_ = now;
    packets_before_ = packets;
  }

  Duration interval_;
  Instant awake_since_{};
  Instant window_began_{};
  std::uint64_t packets_before_ = 0;
  bool is_steady_ = false;
};

}  // namespace overlay
