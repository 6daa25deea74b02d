#include "relay/data_plane/allocation_reports.h"

#include <string>
#include <utility>

namespace relay {

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

AllocationReport report_on(const Allocation& allocation, std::size_t core, overlay::Instant now) {
  AllocationReport report = report_on(allocation, now);
  report.id = std::to_string(core) + "-" + std::to_string(allocation.number);
  return report;
}

void describe(const TurnServer& turn, DataPlaneReport& report) {
  report.allocations = turn.allocation_count();
  report.max_allocations = turn.max_allocations();
  for (std::size_t i = 1; i < static_cast<std::size_t>(TurnDrop::kCount); ++i) {
    const auto reason = static_cast<TurnDrop>(i);
    report.turn_drops.emplace_back(to_string(reason), turn.dropped(reason));
  }
  for (std::size_t i = 0; i < kLoginFaultCount; ++i)
    report.refused_logins.emplace_back(to_string(static_cast<LoginFault>(i)),
                                       turn.refused_logins().counts()[i]);
  report.turn_errors.assign(turn.errors_by_code().begin(), turn.errors_by_code().end());
}

AllocationsListed list_allocations(const TurnServer* turn, const ListAllocations& asked, std::size_t core,
                                   overlay::Instant now) {
  AllocationList list;
  if (turn != nullptr) {
    list.total = turn->allocation_count();
    turn->for_each_allocation([&](const Allocation& allocation) {
      AllocationReport report = report_on(allocation, core, now);
      if (!asked.filter.matches(report)) return;
      ++list.matched;
      if (list.listed.size() < asked.limit) list.listed.push_back(std::move(report));
    });
  }
  return {.query = asked.query, .list = std::move(list)};
}

}  // namespace relay
