// The behavior of a one-way link between two hosts of the lab, and the effect of a fault on it. Plain
// values.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "overlay/base/time.h"

namespace wan {

// Gilbert-Elliott: the link is good or bad, and may change with each packet. A bad link loses every packet.
struct BurstLoss {
  double enter = 0;  // probability for each packet that a good link turns bad
  double leave = 1;  // probability for each packet that a bad link turns good

  // Loses `ratio` (0 to 1) of all packets in the long run, in bursts of `length` packets on average.
  [[nodiscard]] static BurstLoss of(double ratio, double length) {
    const double bounded = std::clamp(ratio, 0.0, 0.99);
    const double leave = 1 / std::max(length, 1.0);
    return {.enter = std::min(1.0, leave * bounded / (1 - bounded)), .leave = leave};
  }
  bool operator==(const BurstLoss&) const = default;
};

struct LinkShape {
  overlay::Duration delay{};                                // one way
  overlay::Duration jitter{};                               // maximum additional delay; never reorders
  double loss = 0;                                          // random, 0 to 1
  std::optional<BurstLoss> burst;                           // in addition to the random loss
  std::uint64_t rate = 0;                                   // bits per second; 0: no limit
  overlay::Duration queue = std::chrono::milliseconds(50);  // maximum queue in front of the rate limit
  bool is_cut = false;                                      // drops all packets
  bool operator==(const LinkShape&) const = default;
};

// Fields at their defaults change nothing.
struct Impairment {
  bool cut = false;
  overlay::Duration delay{};  // added; may be negative
  overlay::Duration jitter{};
  double loss = 0;
  std::optional<BurstLoss> burst;
  std::uint64_t rate = 0;
  bool operator==(const Impairment&) const = default;
};

[[nodiscard]] inline LinkShape impaired(LinkShape shape, const Impairment& by) {
  shape.is_cut = shape.is_cut || by.cut;
  shape.delay = std::max(shape.delay + by.delay, overlay::Duration::zero());
  shape.jitter += by.jitter;
  shape.loss = 1 - (1 - shape.loss) * (1 - by.loss);
  if (by.burst) shape.burst = by.burst;
  if (by.rate != 0) shape.rate = shape.rate == 0 ? by.rate : std::min(shape.rate, by.rate);
  return shape;
}

}  // namespace wan
