// How a data plane follows a new configuration and a drain, with allocations that go on.
#include <algorithm>

#include "relay/data_plane/data_plane.h"

namespace relay {

void DataPlane::reconfigure(const ReconfigureTurn& message, overlay::Instant now) {
  if (!turn_) return;
  leave_fast_path([](const RelayFlow&) { return true; }, now);  // to be entered on the new terms
  turn_->reconfigure(*message.server, wall_clock_.at(now));
  relay_port_min_ = std::min(relay_port_min_, message.server->relay_port_min);
  relay_port_max_ = std::max(relay_port_max_, message.server->relay_port_max);
  turn_generation_ = message.generation;
  turn_listeners_.change(message.listen, message.retire, message.take_back);
  change_usage_interval(message.usage_interval);
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

// A client on a datagram transport hears of the end when it refreshes; on a connection, the end of that tells
// it at once.
void DataPlane::end_connections() {
  end_connections_at_ = overlay::kNever;
  for (const FiveTuple& client : turn_->connected_clients()) {
    const auto reached = handover_ ? handover_->way_back(client) : std::nullopt;
    turn_->end_drained(client);
    if (reached)
      hand_off(*reached, ClientClosed{client});
    else
      close_connection(client);
  }
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

}  // namespace relay
