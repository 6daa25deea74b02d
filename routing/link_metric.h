// From what a link counts to what routing believes about it. One estimator per link; owned by the control
// plane.
//
// While nothing changes, an estimate is a long mean and gets better with every packet. A change is detected
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

// What the link saw since the previous sample. Counts are packets.
struct LinkSample {
  std::uint32_t sent = 0;          // towards the neighbor, whose fate is known by now
  std::uint32_t lost_forward = 0;  // of those
  std::uint32_t expected = 0;      // from the neighbor, by its sequence numbers
  std::uint32_t lost_reverse = 0;  // of those
  std::optional<Duration> rtt;     // mean or median over the period; none if nothing came back
  std::optional<Duration> jitter;  // mean deviation over the period
};

struct LinkMetric {
  Duration rtt{};
  Duration jitter{};
  double loss_forward = 0;  // self -> neighbor, 0 .. 1
  double loss_reverse = 0;  // neighbor -> self

  bool operator==(const LinkMetric&) const = default;
};

// A sample made one of the detectors fire.
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

// Is `current` so far from what was last `advertised` that everybody should know? RTT or jitter by 10 % and 1
// ms, or loss by a factor of 2 and half a percentage point. Drives re-origination of the link-state record.
[[nodiscard]] bool differs_significantly(const LinkMetric& advertised, const LinkMetric& current);

}  // namespace routing
