// Decides when a packet thread pauses before it waits for more packets. Under steady moderate load, the
// wake-up is most of a packet's cost; a short pause lets several packets share one wake-up. A nearly idle
// thread never pauses, so a lone packet is handled at once. A busy thread without spare time never pauses
// either.
#pragma once

#include <cstdint>

#include "overlay/base/time.h"

namespace overlay {

class WakeupPacer {
 public:
  // `interval`: time between two wake-ups, and the maximum delay of a packet here. 0 disables pauses.
  explicit WakeupPacer(Duration interval) : interval_(interval) {}

  // Call it after a round. `packets` is the total count of the thread. Returns the end of the pause, or a
  // time in the past. Call awake() afterwards.
  [[nodiscard]] Instant rest_until(Instant now, std::uint64_t packets) {
    if (interval_ == Duration{}) return now;
    measure(now, packets);
    return is_steady_ ? awake_since_ + interval_ : now;
  }
  void awake(Instant now) { awake_since_ = now; }
  [[nodiscard]] Duration interval() const { return interval_; }

 private:
  // The load is measured over this time.
  static constexpr Duration kWindow = std::chrono::milliseconds(5);
  // From this number of packets in an interval, a pause saves wake-ups.
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
