// What TurnServer asks of its admission and of a drain.
#include <algorithm>
#include <iterator>

#include "relay/turn/turn_server.h"

namespace relay {

// Whoever has an allocation has proven that it receives at its address.
bool TurnServer::may_answer_unproven(const Request& request) {
  return has_allocation(five_tuple_of(request.meta)) ||
         admission_.may_challenge(request.meta.source.address, request.now);
}

bool TurnServer::may_add_peers(Allocation& allocation, std::span<const overlay::IpAddress> peers,
                               overlay::Instant now) {
  const auto added = std::ranges::count_if(
      peers, [&](const overlay::IpAddress& peer) { return !allocation.has_permission(peer, now); });
  return admission_.may_add_peers(allocation.admitted, static_cast<std::size_t>(added), now);
}

// RFC 8489 section 10; but a reserved port is nowhere else.
TurnServer::Failure TurnServer::send_elsewhere(const Request& request, const Failure& failure) const {
  const bool is_movable =
      failure.code == kInsufficientCapacity.code && !request.message.has(StunAttribute::kReservationToken);
  if (!is_movable || alternatives_for(request).empty()) return failure;
  return {300, "Try Alternate"};
}

// Of the family in which the client reached us: it follows no other. A client on TLS or DTLS stays with its
// transport (RFC 8489 section 10) and looks for the address that it is sent to in the certificate there, so
// that only servers count which are known to have one.
std::vector<overlay::Endpoint> TurnServer::alternatives_for(const Request& request) const {
  const overlay::Transport transport = request.meta.transport;
  const bool is_plain = transport != overlay::Transport::kTls && transport != overlay::Transport::kDtls;
  const bool has_own = is_plain && drain_ && !drain_->alternatives.empty();
  const auto& known = is_plain ? config_.alternatives : config_.tls_alternatives;
  std::vector<overlay::Endpoint> alternatives;
  std::ranges::copy_if(has_own ? drain_->alternatives : known, std::back_inserter(alternatives),
                       [&](const overlay::Endpoint& server) {
                         return server.address.family() == request.meta.source.address.family();
                       });
  return alternatives;
}

std::vector<FiveTuple> TurnServer::connected_clients() const {
  std::vector<FiveTuple> clients;
  for (const auto& [tuple, allocation] : allocations_by_client_)
    if (tuple.transport != overlay::Transport::kUdp) clients.push_back(tuple);
  return clients;
}

}  // namespace relay
