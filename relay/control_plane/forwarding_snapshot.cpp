#include "relay/control_plane/forwarding_snapshot.h"

#include <algorithm>
#include <vector>

namespace relay {
namespace {

// Active and standby first, then candidates whose first link differs from the first links of all routes
// before: they work when those links are down.
std::vector<overlay::ExplicitRoute> preferred_routes(const routing::DestinationPaths& destination) {
  std::vector<overlay::ExplicitRoute> routes;
  const auto begins_anew = [&](const overlay::ExplicitRoute& route) {
    for (const auto& chosen : routes)
      if (chosen.first_hop() == route.first_hop()) return false;
    return true;
  };
  for (const auto& path : destination.paths)
    if (path.role != routing::PathRole::kCandidate) routes.push_back(path.route);
  for (const auto& path : destination.paths)
    if (path.role == routing::PathRole::kCandidate && begins_anew(path.route)) routes.push_back(path.route);
  for (const auto& path : destination.paths)
    if (path.role == routing::PathRole::kCandidate && routes.size() < overlay::ForwardingTable::kMaxRoutes)
      if (!begins_anew(path.route) && std::ranges::find(routes, path.route) == routes.end())
        routes.push_back(path.route);
  return routes;
}

}  // namespace

std::shared_ptr<const overlay::ForwardingTable> make_forwarding_table(
    const routing::PathTable& paths, std::span<const routing::RelayedAddressOwner> owners) {
  auto table = std::make_shared<overlay::ForwardingTable>(paths.generation);
  for (const auto& destination : paths.destinations)
    table->set_routes(destination.destination, preferred_routes(destination));
  for (const routing::RelayedAddressOwner& relayed : owners)
    table->add_relayed_address(relayed.address, relayed.owner);
  return table;
}

}  // namespace relay
