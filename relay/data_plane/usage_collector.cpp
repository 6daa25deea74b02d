#include "relay/data_plane/usage_collector.h"

#include <utility>

#include "relay/data_plane/allocation_reports.h"

namespace relay {
namespace {

constexpr std::size_t kMaxRecords = 1'000'000;

}  // namespace

void UsageCollector::set_interval(std::optional<overlay::Duration> interval) {
  if (std::exchange(interval_, interval) == interval) return;
  next_ = overlay::kNever;
  if (!interval) records_.clear();
}

void UsageCollector::add(const Allocation& allocation, std::optional<AllocationEnd> end,
                         overlay::Instant now) {
  if (interval_ && records_.size() < kMaxRecords)
    records_.push_back({.allocation = report_on(allocation, now), .end = end});
}

void UsageCollector::add_ended(const Allocation& allocation, AllocationEnd end, overlay::Instant now) {
  add(allocation, end, now);
}

std::vector<UsageRecord> UsageCollector::take(const TurnServer* turn, overlay::Instant now) {
  if (!interval_) return {};
  if (next_ == overlay::kNever) next_ = now + *interval_;
  if (turn != nullptr && now >= next_) {
    next_ = now + *interval_;
    turn->for_each_allocation([&](const Allocation& allocation) { add(allocation, std::nullopt, now); });
  }
  return std::exchange(records_, {});
}

std::vector<UsageRecord> UsageCollector::take_last(const TurnServer* turn, overlay::Instant now) {
  if (turn != nullptr)
    turn->for_each_allocation(
        [&](const Allocation& allocation) { add(allocation, AllocationEnd::kNodeStopped, now); });
  return std::exchange(records_, {});
}

}  // namespace relay
