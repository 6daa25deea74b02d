#include "overlay/forwarding/forwarder.h"

namespace overlay {
namespace {

const ExplicitRoute* first_usable(std::span<const ExplicitRoute> routes, const LinkStates& links,
                                  LinkState wanted, NodeId except) {
  for (const ExplicitRoute& route : routes)
    if (route.first_hop() != except && links.link_state(route.first_hop()) == wanted) return &route;
  return nullptr;
}

RouteHeader at_ingress(NodeId self, std::uint32_t flow_label, const ExplicitRoute& route) {
  RouteHeader header;
  header.ingress = self;
  header.flow_label = flow_label;
  header.route = route;
  return header;
}

// The arrived header with `detour` in place of all hops after this node. nullopt when the route would visit a
// node twice or become too long.
std::optional<RouteHeader> repaired(const RouteHeader& arrived, const ExplicitRoute& detour) {
  const std::size_t kept = arrived.next_index + std::size_t{1};
  if (kept + detour.size() > ExplicitRoute::kMaxHops) return std::nullopt;
  RouteHeader header = arrived;
  header.route = ExplicitRoute(arrived.route.hops().first(kept));
  for (const NodeId hop : detour.hops()) {
    if (hop == arrived.ingress || header.route.contains(hop)) return std::nullopt;
    header.route.push_back(hop);
  }
  header.next_index = static_cast<std::uint8_t>(kept);
  header.repaired = true;
  return header;
}

// Both copies say that two exist, so no other node makes a third.
ForwardVia two_copies(RouteHeader primary, RouteHeader duplicate) {
  primary.duplicated = duplicate.duplicated = true;
  return {.primary = primary, .duplicate = duplicate};
}

std::optional<RouteHeader> repair(const RouteHeader& arrived, NodeId avoid, const ForwardingTable& table,
                                  const LinkStates& links, LinkState wanted) {
  for (const ExplicitRoute& detour : table.routes(arrived.egress())) {
    if (detour.first_hop() == avoid || links.link_state(detour.first_hop()) != wanted) continue;
    if (auto header = repaired(arrived, detour)) return header;
  }
  return std::nullopt;
}

}  // namespace

Result<ForwardVia, DropReason> route_at_ingress(NodeId self, NodeId egress, std::uint32_t flow_label,
                                                const ForwardingTable& table, const LinkStates& links) {
  const auto routes = table.routes(egress);
  if (routes.empty()) return Unexpected(DropReason::kNoRoute);

  const ExplicitRoute& active = routes.front();
  const LinkState active_state = links.link_state(active.first_hop());
  const ExplicitRoute* other = active_state == LinkState::kUp
                                   ? nullptr
                                   : first_usable(routes, links, LinkState::kUp, active.first_hop());
  if (active_state == LinkState::kDown && other == nullptr)
    other = first_usable(routes, links, LinkState::kSuspect, active.first_hop());
  if (active_state == LinkState::kDown) {
    if (other == nullptr) return Unexpected(DropReason::kNoLink);
    return ForwardVia{at_ingress(self, flow_label, *other), std::nullopt};
  }
  const RouteHeader primary = at_ingress(self, flow_label, active);
  if (other == nullptr) return ForwardVia{primary, std::nullopt};
  return two_copies(primary, at_ingress(self, flow_label, *other));
}

Result<ForwardVia, DropReason> route_in_transit(NodeId self, const RouteHeader& arrived,
                                                const ForwardingTable& table, const LinkStates& links) {
  if (arrived.next_hop() != self || arrived.next_index + std::size_t{1} >= arrived.route.size())
    return Unexpected(DropReason::kNotForUs);
  if (arrived.hop_limit <= 1) return Unexpected(DropReason::kHopLimit);

  RouteHeader onward = arrived;
  --onward.hop_limit;
  const NodeId next = arrived.route[arrived.next_index + std::size_t{1}];
  const LinkState state = links.link_state(next);
  if (state == LinkState::kDown) {
    auto detour = repair(onward, next, table, links, LinkState::kUp);
    if (!detour) detour = repair(onward, next, table, links, LinkState::kSuspect);
    if (!detour) return Unexpected(DropReason::kNoLink);
    return ForwardVia{*detour, std::nullopt};
  }
  RouteHeader primary = onward;
  ++primary.next_index;
  if (state == LinkState::kSuspect && !arrived.duplicated)
    if (const auto detour = repair(onward, next, table, links, LinkState::kUp))
      return two_copies(primary, *detour);
  return ForwardVia{primary, std::nullopt};
}

}  // namespace overlay
