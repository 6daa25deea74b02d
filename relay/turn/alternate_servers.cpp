#include "relay/turn/alternate_servers.h"

#include <algorithm>
#include <iterator>

#include "overlay/base/check.h"
#include "relay/turn/allocate_request.h"

namespace relay {

// A reserved port exists on this server only.
TurnFailure AlternateServers::redirect(const TurnRequest& request, const TurnFailure& failure) const {
  const bool is_movable =
      failure.code == kInsufficientCapacity.code && !request.message.has(StunAttribute::kReservationToken);
  if (!is_movable || servers_for(request).empty()) return failure;
  return {300, "Try Alternate"};
}

overlay::Endpoint AlternateServers::next(const TurnRequest& request) {
  const auto servers = servers_for(request);
  CHECK(!servers.empty());
  return servers[next_++ % servers.size()];
}

// A client follows only a server of the family that it used. A client on TLS or DTLS keeps its transport (RFC
// 8489 section 10) and expects the new address in the certificate, so it gets only servers whose certificate
// is known to name that address.
std::vector<overlay::Endpoint> AlternateServers::servers_for(const TurnRequest& request) const {
  const overlay::Transport transport = request.meta.transport;
  const bool is_plain = transport != overlay::Transport::kTls && transport != overlay::Transport::kDtls;
  const bool has_own = is_plain && drain_ && !drain_->alternatives.empty();
  const auto& known = is_plain ? config_.alternatives : config_.tls_alternatives;
  std::vector<overlay::Endpoint> servers;
  std::ranges::copy_if(has_own ? drain_->alternatives : known, std::back_inserter(servers),
                       [&](const overlay::Endpoint& server) {
                         return server.address.family() == request.meta.source.address.family();
                       });
  return servers;
}

}  // namespace relay
