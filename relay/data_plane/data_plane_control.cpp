// The dialogue of a data plane with the control plane: configurations and drains in, reports out.
#include <algorithm>
#include <utility>

#include "relay/data_plane/allocation_reports.h"
#include "relay/data_plane/data_plane.h"

namespace relay {

void DataPlane::reconfigure(const ReconfigureTurn& message, overlay::Instant now) {
  if (!turn_) return;
  fast_path_flows_.leave_all(now);  // they enter again on the new terms
  TurnServerConfig server = *message.server;
  // Clients whose relayed addresses a reload has dropped still meet there.
  for (const overlay::Endpoint& retired : message.retired_addresses)
    server.peer_policy.allow_relayed(retired.address);
  turn_->reconfigure(std::move(server), wall_clock_.at(now));
  add_due(message.ends_disallowed ? DueClients::Task::kReview : DueClients::Task::kReviewWithGrace);
  relay_port_min_ = std::min(relay_port_min_, message.server->relay_port_min);
  relay_port_max_ = std::max(relay_port_max_, message.server->relay_port_max);
  turn_generation_ = message.generation;
  retired_addresses_ = message.retired_addresses;
  turn_listeners_.change(message.listen, message.retire, message.take_back);
  usage_.set_interval(message.usage_interval);
  report(now);
}

void DataPlane::close_listener(const overlay::Endpoint& listener) {
  if (turn_listeners_.forget(listener)) io_.close_port(listener);
}

void DataPlane::drain(const DrainTurn& message, overlay::Instant now) {
  turn_generation_ = message.generation;
  if (turn_) {
    turn_->drain(message.drain);
    end_connections_at_ = message.drain ? message.drain->deadline : overlay::kNever;
  }
  report(now);
}

void DataPlane::add_due(DueClients::Task task) {
  turn_->for_each_allocation(
      [&](const Allocation& allocation) { due_clients_.add(allocation.five_tuple, {.task = task}); });
}

void DataPlane::serve_due_clients(overlay::Instant now) {
  constexpr std::size_t kClientsAtOnce = 256;
  for (std::size_t served = 0; served < kClientsAtOnce; ++served) {
    const auto due = due_clients_.take();
    if (!due) return;
    const auto& [client, what] = *due;
    if (const auto end = check_again(client, what))
      end_client(client, *end);
    else
      fast_path_flows_.leave(client, now);  // the flow enters again if its peer is still permitted
  }
}

std::optional<AllocationEnd> DataPlane::check_again(const FiveTuple& client, const DueClients::Due& due) {
  switch (due.task) {
    case DueClients::Task::kReviewWithGrace:
      turn_->review_with_grace(client);
      return std::nullopt;
    case DueClients::Task::kReview:
      return turn_->review(client);
    case DueClients::Task::kEnd:
      break;
  }
  return due.end;
}

void DataPlane::set_host_addresses(const HostAddressesChanged& message, overlay::Instant now) {
  if (!turn_) return;
  turn_->set_host_addresses(message.addresses);
  fast_path_flows_.leave_closed_hosts(now);
}

// A client on a datagram transport hears of the end when it refreshes; on a connection, the end of that tells
// it at once.
void DataPlane::end_client(const FiveTuple& client, AllocationEnd reason) {
  fast_path_flows_.leave(client, now_);
  if (client.transport == overlay::Transport::kUdp) return turn_->end_client(client, reason);
  const auto reached = handover_ ? handover_->way_back(client) : std::nullopt;
  turn_->end_client(client, reason);
  if (reached)
    hand_off(*reached, ClientClosed{client});
  else
    close_connection(client);
}

void DataPlane::close_connection(const FiveTuple& client) {
  if (close_client_) close_client_(client);
}

bool DataPlane::is_closed_to(const overlay::DatagramMeta& meta) const {
  return is_datagram(meta.transport) && turn_listeners_.only_retired_contain(meta.local) &&
         !turn_->has_allocation(five_tuple_of(meta));
}

std::vector<overlay::Endpoint> DataPlane::retired_in_use() const {
  std::vector<overlay::Endpoint> in_use;
  for (const overlay::Endpoint& listener : turn_listeners_.retired()) {
    bool is_used = false;
    turn_->for_each_allocation([&](const Allocation& allocation) {
      const FiveTuple& tuple = allocation.five_tuple;
      is_used = is_used || (is_datagram(tuple.transport) && is_listener_of(listener, tuple.server));
    });
    if (is_used) in_use.push_back(listener);
  }
  return in_use;
}

std::vector<overlay::Endpoint> DataPlane::retired_addresses_in_use() const {
  std::vector<overlay::Endpoint> in_use;
  for (const overlay::Endpoint& retired : retired_addresses_) {
    bool is_used = false;
    turn_->for_each_allocation([&](const Allocation& allocation) {
      is_used = is_used || allocation.relayed.address == retired.address ||
                (allocation.second && allocation.second->endpoint.address == retired.address);
    });
    if (is_used) in_use.push_back(retired);
  }
  return in_use;
}

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
  fast_path_flows_.count_traffic();
  DataPlaneReport report{
      .overlay = overlay_.counters(), .relay = relay_, .handshakes = handshake_counters(), .turn_drops = {}};
  if (turn_) describe(*turn_, report);
  report.turn_generation = turn_generation_;
  report.retired_in_use = retired_in_use();
  report.retired_addresses_in_use = retired_addresses_in_use();
  const std::uint64_t packets = relay_.client_in + relay_.relay_in + overlay_.counters().frames_in;
  report.packets_per_second =
      static_cast<double>(packets - reported_packets_) / overlay::to_s(kReportInterval);
  report.flows = overlay_.flow_count();
  reported_packets_ = packets;
  post(std::move(report));
  if (auto usage = usage_.take(turn_server(), now); !usage.empty()) post(UsageBatch{std::move(usage)});
}

std::vector<UsageRecord> DataPlane::last_usage(overlay::Instant now) {
  now_ = now;
  fast_path_flows_.count_traffic();
  return usage_.take_last(turn_server(), now);
}

void DataPlane::list(const ListAllocations& asked, overlay::Instant now) {
  fast_path_flows_.count_traffic();
  post(list_allocations(turn_server(), asked, core(), now));
  if (!asked.ends || !turn_) return;
  turn_->for_each_allocation([&](const Allocation& allocation) {
    if (asked.filter.matches(report_on(allocation, core(), now)))
      due_clients_.add(allocation.five_tuple,
                       {.task = DueClients::Task::kEnd, .end = AllocationEnd::kByOperator});
  });
}

}  // namespace relay
