#include "overlay/forwarding/forwarding_table.h"

#include <algorithm>

namespace overlay {

void ForwardingTable::set_routes(NodeId destination, std::span<const ExplicitRoute> routes) {
  const auto kept = routes.first(std::min(routes.size(), kMaxRoutes));
  routes_by_destination_[destination].assign(kept.begin(), kept.end());
}

std::span<const ExplicitRoute> ForwardingTable::routes(NodeId destination) const {
  const auto found = routes_by_destination_.find(destination);
  if (found == routes_by_destination_.end()) return {};
  return found->second;
}

NodeId ForwardingTable::relayed_by(const IpAddress& address) const {
  const auto found = nodes_by_relayed_address_.find(address);
  return found == nodes_by_relayed_address_.end() ? kNoNode : found->second;
}

}  // namespace overlay
