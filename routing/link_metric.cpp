#include "routing/link_metric.h"

#include <algorithm>

namespace routing {
namespace {

constexpr Duration kMinDelayChange = std::chrono::milliseconds(1);
constexpr int kMinDelayChangePercent = 10;
constexpr double kMinLossChange = 0.005;

bool delay_differs(Duration advertised, Duration current) {
  const Duration change = current > advertised ? current - advertised : advertised - current;
  return change >= kMinDelayChange && change * 100 >= advertised * kMinDelayChangePercent;
}

bool loss_differs(double advertised, double current) {
  const auto [less, more] = std::minmax(advertised, current);
  return more - less >= kMinLossChange && more >= 2 * less;
}

}  // namespace

MetricChange LinkMetricEstimator::add(const LinkSample& sample) {
  MetricChange change;
  change.loss_forward_step = forward_.add(sample.sent, sample.lost_forward);
  change.loss_reverse_step = reverse_.add(sample.expected, sample.lost_reverse);
  if (sample.rtt) change.rtt_step = rtt_.add(*sample.rtt, sample.jitter.value_or(rtt_.jitter()));
  return change;
}

LinkMetric LinkMetricEstimator::metric() const {
  return {.rtt = rtt_.rtt(),
          .jitter = rtt_.jitter(),
          .loss_forward = forward_.ratio(),
          .loss_reverse = reverse_.ratio()};
}

bool differs_significantly(const LinkMetric& advertised, const LinkMetric& current) {
  return delay_differs(advertised.rtt, current.rtt) || delay_differs(advertised.jitter, current.jitter) ||
         loss_differs(advertised.loss_forward, current.loss_forward) ||
         loss_differs(advertised.loss_reverse, current.loss_reverse);
}

}  // namespace routing
