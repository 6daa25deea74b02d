// What a data plane tells the control plane of itself, its links and its allocations.
#include <utility>

#include "relay/data_plane/data_plane.h"

namespace relay {
namespace {

constexpr std::size_t kMaxUntoldUsage = 1'000'000;

AllocationReport report_on(const Allocation& allocation, overlay::Instant now) {
  return {.client = allocation.five_tuple.client,
          .relayed = allocation.relayed,
          .second_relayed = allocation.second ? std::optional(allocation.second->endpoint) : std::nullopt,
          .transport = allocation.five_tuple.transport,
          .relayed_transport = allocation.relays_tcp ? overlay::Transport::kTcp : overlay::Transport::kUdp,
          .username = allocation.username,
          .age_s = (now - allocation.created_at) / std::chrono::seconds(1),
          .expires_in_s = (allocation.expires_at - now) / std::chrono::seconds(1),
          .packets_to_peer = allocation.packets_to_peer,
          .bytes_to_peer = allocation.bytes_to_peer,
          .packets_to_client = allocation.packets_to_client,
          .bytes_to_client = allocation.bytes_to_client};
}

void describe(const TurnServer& turn, DataPlaneReport& report) {
  report.allocations = turn.allocation_count();
  report.max_allocations = turn.max_allocations();
  for (std::size_t i = 1; i < static_cast<std::size_t>(TurnDrop::kCount); ++i) {
    const auto reason = static_cast<TurnDrop>(i);
    report.turn_drops.emplace_back(to_string(reason), turn.dropped(reason));
  }
  report.turn_errors.assign(turn.errors_by_code().begin(), turn.errors_by_code().end());
}

}  // namespace

void DataPlane::report_links(overlay::Instant now) {
  next_measure_ = now + kMeasureInterval;
  overlay_.for_each_link([&](overlay::Link& link) {
    post(LinkMeasured{.neighbor = link.neighbor(),
                      .session = link.session(),
                      .state = link.state(),
                      .rtt = link.rtt(),
                      .jitter = link.jitter(),
                      .last_heard = link.liveness().last_heard(),
                      .hold_up_until = link.liveness().hold_up_until(),
                      .tx_interval = link.tx_interval().duration(),
                      .in_use = link.in_use(),
                      .needs_rekey = link.needs_rekey(),
                      .sample = link.take_sample()});
  });
}

void DataPlane::report(overlay::Instant now) {
  next_report_ = now + kReportInterval;
  if (fast_path_ != nullptr) fast_path_->tell_traffic();
  DataPlaneReport report{.overlay = overlay_.counters(), .relay = relay_, .turn_drops = {}};
  if (turn_) describe(*turn_, report);
  report.turn_generation = turn_generation_;
  report.retired_in_use = retired_in_use();
  const std::uint64_t packets = relay_.client_in + relay_.relay_in + overlay_.counters().frames_in;
  report.packets_per_second =
      static_cast<double>(packets - reported_packets_) / overlay::to_s(kReportInterval);
  report.flows = overlay_.flow_count();
  reported_packets_ = packets;
  post(std::move(report));
  if (config_.usage_interval) tell_usage(now);
}

void DataPlane::collect_usage(const Allocation& allocation, std::optional<AllocationEnd> end) {
  if (config_.usage_interval && usage_.size() < kMaxUntoldUsage)
    usage_.push_back({.allocation = report_on(allocation, now_), .end = end});
}

void DataPlane::change_usage_interval(std::optional<overlay::Duration> interval) {
  if (std::exchange(config_.usage_interval, interval) == interval) return;
  next_usage_ = overlay::kNever;
  if (!interval) usage_.clear();
}

// With each report, so that many allocations that end at once are one message.
void DataPlane::tell_usage(overlay::Instant now) {
  if (next_usage_ == overlay::kNever) next_usage_ = now + *config_.usage_interval;
  if (turn_ && now >= next_usage_) {
    next_usage_ = now + *config_.usage_interval;
    turn_->for_each_allocation(
        [&](const Allocation& allocation) { collect_usage(allocation, std::nullopt); });
  }
  if (!usage_.empty()) post(UsageBatch{std::exchange(usage_, {})});
}

std::vector<UsageRecord> DataPlane::last_usage(overlay::Instant now) {
  now_ = now;
  if (fast_path_ != nullptr) fast_path_->tell_traffic();
  if (turn_)
    turn_->for_each_allocation(
        [&](const Allocation& allocation) { collect_usage(allocation, AllocationEnd::kNodeStopped); });
  return std::exchange(usage_, {});
}

void DataPlane::list_allocations(const ListAllocations& asked, overlay::Instant now) {
  AllocationList list;
  if (fast_path_ != nullptr) fast_path_->tell_traffic();
  if (turn_) {
    list.total = turn_->allocation_count();
    turn_->for_each_allocation([&](const Allocation& allocation) {
      AllocationReport report = report_on(allocation, now);
      if (!asked.filter.matches(report)) return;
      ++list.matched;
      if (list.listed.size() < asked.limit) list.listed.push_back(std::move(report));
    });
  }
  post(AllocationsListed{.query = asked.query, .list = std::move(list)});
}

}  // namespace relay
