#include "relay/control_plane/neighbors.h"

#include <algorithm>

#include "relay/messages/plane_messages.h"

namespace relay {
namespace {

routing::LinkSample to_routing(const overlay::LinkSample& sample) {
  routing::LinkSample out{.sent = sample.sent,
                          .lost_forward = sample.sent_lost,
                          .expected = sample.heard,
                          .lost_reverse = sample.heard_lost,
                          .rtt = std::nullopt,
                          .jitter = std::nullopt};
  if (sample.rtt_count > 0) {
    out.rtt = sample.rtt_sum / sample.rtt_count;
    out.jitter = sample.jitter;
  }
  return out;
}

std::optional<overlay::Duration> percentile(std::vector<overlay::Duration> values, double fraction) {
  if (values.empty()) return std::nullopt;
  const auto position = static_cast<std::ptrdiff_t>(fraction * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, values.begin() + position);
  return values[static_cast<std::size_t>(position)];
}

LinkCondition condition_of(overlay::LinkState state, overlay::Instant hold_up_until) {
  switch (state) {
    case overlay::LinkState::kUp:
      return LinkCondition::kUp;
    case overlay::LinkState::kSuspect:
      return LinkCondition::kSuspect;
    case overlay::LinkState::kDown:
      break;
  }
  return hold_up_until == overlay::kNever || hold_up_until == overlay::Instant{} ? LinkCondition::kDown
                                                                                 : LinkCondition::kHold;
}

}  // namespace

void Neighbors::add(overlay::NodeId neighbor, overlay::Instant now) {
  const auto [entry, added] = neighbors_.try_emplace(neighbor);
  if (added) entry->second.added_at = entry->second.down_since = now;
}

routing::MetricChange Neighbors::measure(const LinkMeasured& measured, overlay::Instant) {
  const auto found = neighbors_.find(measured.neighbor);
  if (found == neighbors_.end()) return {};
  Neighbor& neighbor = found->second;
  neighbor.last = measured;
  neighbor.contradictions = measured.state == neighbor.state ? 0 : neighbor.contradictions + 1;
  const overlay::LinkSample& sample = measured.sample;
  const double rate = (sample.sent + sample.heard) / overlay::to_s(kMeasureInterval);
  neighbor.packets_per_second += (rate - neighbor.packets_per_second) / 16;
  if (sample.rtt_count > 0) {
    if (neighbor.rtt_history.size() < kRttHistory)
      neighbor.rtt_history.resize(neighbor.rtt_history.size() + 1);
    neighbor.rtt_history[neighbor.rtt_next++ % kRttHistory] = sample.rtt_sum / sample.rtt_count;
  }
  // While a link is not up, its losses are an outage, which liveness judges, and not a loss ratio.
  if (measured.state != overlay::LinkState::kUp) return {};
  return neighbor.estimator.add(to_routing(sample));
}

void Neighbors::change_state(const overlay::LinkChanged& changed) {
  const auto found = neighbors_.find(changed.neighbor);
  if (found == neighbors_.end()) return;
  Neighbor& neighbor = found->second;
  neighbor.state = changed.after;
  neighbor.contradictions = 0;
  if (changed.after != overlay::LinkState::kDown) return;
  neighbor.down_since = changed.at;
  ++neighbor.flaps;
}

std::optional<overlay::LinkChanged> Neighbors::missed_change(overlay::NodeId neighbor,
                                                             overlay::Instant now) const {
  constexpr std::uint32_t kConvincing = 2;
  const auto found = neighbors_.find(neighbor);
  if (found == neighbors_.end() || found->second.contradictions < kConvincing) return std::nullopt;
  const Neighbor& known = found->second;
  return overlay::LinkChanged{.neighbor = neighbor,
                              .session = known.last.session,
                              .before = known.state,
                              .after = known.last.state,
                              .fault = known.last.state == overlay::LinkState::kUp
                                           ? overlay::LinkFault::kNone
                                           : overlay::LinkFault::kSilent,
                              .failed_at = known.last.last_heard,
                              .detected_at = now,
                              .at = now};
}

bool Neighbors::withhold(overlay::NodeId neighbor, overlay::Instant now) {
  const auto found = neighbors_.find(neighbor);
  if (found == neighbors_.end() || found->second.withheld_since) return false;
  found->second.withheld_since = now;
  return true;
}

bool Neighbors::stop_withholding(overlay::NodeId neighbor) {
  const auto found = neighbors_.find(neighbor);
  if (found == neighbors_.end() || !found->second.withheld_since) return false;
  found->second.withheld_since.reset();
  return true;
}

bool Neighbors::withheld_for(overlay::NodeId neighbor, overlay::Duration duration,
                             overlay::Instant now) const {
  const auto found = neighbors_.find(neighbor);
  return found != neighbors_.end() && found->second.withheld_since &&
         now - *found->second.withheld_since >= duration;
}

bool Neighbors::is_withheld(overlay::NodeId neighbor) const {
  const auto found = neighbors_.find(neighbor);
  return found != neighbors_.end() && found->second.withheld_since.has_value();
}

overlay::LinkState Neighbors::state(overlay::NodeId neighbor) const {
  const auto found = neighbors_.find(neighbor);
  return found == neighbors_.end() ? overlay::LinkState::kDown : found->second.state;
}

bool Neighbors::down_for(overlay::NodeId neighbor, overlay::Duration duration, overlay::Instant now) const {
  const auto found = neighbors_.find(neighbor);
  return found != neighbors_.end() && found->second.state == overlay::LinkState::kDown &&
         now - found->second.down_since >= duration;
}

std::optional<overlay::Duration> Neighbors::rtt(overlay::NodeId neighbor) const {
  const auto found = neighbors_.find(neighbor);
  if (found == neighbors_.end() || !found->second.estimator.has_rtt()) return std::nullopt;
  return found->second.estimator.metric().rtt;
}

std::vector<overlay::NodeId> Neighbors::all() const {
  std::vector<overlay::NodeId> ids;
  for (const auto& [id, neighbor] : neighbors_)
    ids.push_back(id);
  return ids;
}

std::vector<routing::Adjacency> Neighbors::advertise() {
  std::vector<routing::Adjacency> adjacencies;
  for (auto& [id, neighbor] : neighbors_) {
    if (!neighbor.estimator.has_rtt() || neighbor.withheld_since) continue;
    if (adjacencies.size() >= routing::kMaxAdjacencies) break;
    const routing::LinkMetric metric = neighbor.estimator.metric();
    const bool down = neighbor.state == overlay::LinkState::kDown;
    neighbor.advertised = metric;
    neighbor.advertised_down = down;
    adjacencies.push_back({.neighbor = id,
                           .state = down ? routing::AdjacencyState::kDown : routing::AdjacencyState::kUp,
                           .load = 0,
                           .rtt = metric.rtt,
                           .jitter = metric.jitter,
                           .loss = metric.loss_forward});
  }
  return adjacencies;
}

bool Neighbors::worth_advertising() const {
  return std::ranges::any_of(neighbors_, [](const auto& entry) {
    const Neighbor& neighbor = entry.second;
    if (!neighbor.estimator.has_rtt() || neighbor.withheld_since) return false;
    if (!neighbor.advertised) return true;
    if (neighbor.advertised_down != (neighbor.state == overlay::LinkState::kDown)) return true;
    return routing::differs_significantly(*neighbor.advertised, neighbor.estimator.metric());
  });
}

std::vector<LinkReport> Neighbors::reports(overlay::NodeId self, std::uint32_t suspect_after,
                                           overlay::Instant now) const {
  std::vector<LinkReport> reports;
  for (const auto& [id, neighbor] : neighbors_)
    reports.push_back(report(self, id, neighbor, suspect_after, now));
  return reports;
}

LinkReport Neighbors::report(overlay::NodeId self, overlay::NodeId neighbor, const Neighbor& of,
                             std::uint32_t suspect_after, overlay::Instant now) const {
  LinkReport report;
  report.from = self;
  report.to = neighbor;
  report.condition = condition_of(of.state, of.last.hold_up_until);
  report.rtt_p50 = percentile(of.rtt_history, 0.5);
  report.rtt_p95 = percentile(of.rtt_history, 0.95);
  if (of.estimator.has_rtt()) {
    const routing::LinkMetric metric = of.estimator.metric();
    report.jitter = metric.jitter;
    report.loss_forward = metric.loss_forward;
    report.loss_reverse = metric.loss_reverse;
  }
  report.packets_per_second = of.packets_per_second;
  if (of.last.last_heard != overlay::Instant{}) report.last_heard = now - of.last.last_heard;
  report.detector = {.interval = of.last.tx_interval, .multiplier = suspect_after};
  report.flaps = of.flaps;
  if (report.condition == LinkCondition::kHold) report.hold_up_left = of.last.hold_up_until - now;
  return report;
}

}  // namespace relay
