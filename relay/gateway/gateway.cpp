#include "relay/gateway/gateway.h"

namespace relay {

PeerRoute route_to_peer(overlay::NodeId self, const overlay::Endpoint& peer,
                        const overlay::ForwardingTable& table) {
  const overlay::NodeId owner = table.relayed_by(peer.address);
  if (owner == overlay::kNoNode) return {};
  if (owner == self) return {.via = PeerVia::kHairpin};
  if (table.routes(owner).empty()) return {.via = PeerVia::kInternet, .egress = owner, .last_resort = true};
  return {.via = PeerVia::kOverlay, .egress = owner};
}

std::uint32_t flow_label(const overlay::Endpoint& source, const overlay::Endpoint& destination,
                         std::uint64_t salt) {
  // FNV-1a over both addresses, begun at a secret of this process.
  std::uint64_t hash = 0xcbf29ce484222325 ^ salt;
  const auto mix = [&hash](std::uint8_t byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (const auto* endpoint : {&source, &destination}) {
    for (const std::uint8_t octet : endpoint->address.octets())
      mix(octet);
    mix(static_cast<std::uint8_t>(endpoint->port >> 8));
    mix(static_cast<std::uint8_t>(endpoint->port));
  }
  return static_cast<std::uint32_t>(hash ^ hash >> 32);
}

}  // namespace relay
