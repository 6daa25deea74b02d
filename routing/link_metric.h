// Estimates the metric of a link from its counts. One estimator for each link; owned by the control plane.
//
// Without a change, an estimate is a long mean and improves with every packet. A change is detected
// statistically (CUSUM on loss, fast against slow window on RTT); the estimate then restarts at the change
// point.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "routing/loss_estimator.h"
#include "routing/rtt_estimator.h"
#include "routing/vocabulary.h"

namespace routing {

// The counts of a link since the previous sample, in packets.
struct LinkSample {
  std::uint32_t sent = 0;          // towards the neighbor, with known fate
  std::uint32_t lost_forward = 0;  // of those
  std::uint32_t expected = 0;      // from the neighbor, by its sequence numbers
  std::uint32_t lost_reverse = 0;  // of those
  std::optional<Duration> rtt;     // mean or median over the period; nullopt without an echo
  std::optional<Duration> jitter;  // mean deviation over the period
};

struct LinkMetric {
  Duration rtt{};
  Duration jitter{};
  double loss_forward = 0;  // self -> neighbor, 0 .. 1
  double loss_reverse = 0;  // neighbor -> self

  bool operator==(const LinkMetric&) const = default;
};

// Which detectors fired for a sample.
struct MetricChange {
  bool rtt_step = false;
  bool loss_forward_step = false;
  bool loss_reverse_step = false;

  [[nodiscard]] bool any() const { return rtt_step || loss_forward_step || loss_reverse_step; }
};

class LinkMetricEstimator {
 public:
  MetricChange add(const LinkSample& sample);
  [[nodiscard]] LinkMetric metric() const;
  [[nodiscard]] bool has_rtt() const { return rtt_.has_value(); }

 private:
  LossEstimator forward_;
  LossEstimator reverse_;
  RttEstimator rtt_;
};

// True when `current` differs so much from `advertised` that all nodes should know: RTT or jitter by 10 % and
// 1 ms, or loss by a factor of 2 and half a percentage point. Causes a new link-state record.
[[nodiscard]] bool differs_significantly(const LinkMetric& advertised, const LinkMetric& current);

}  // namespace routing
