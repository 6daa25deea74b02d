// Between TURN and the overlay: which node owns a peer address, and what a flow is called on the way.
// A core on its data plane's thread; asks the forwarding snapshot, keeps nothing.
#pragma once

#include <cstdint>

#include "overlay/base/endpoint.h"
#include "overlay/base/ids.h"
#include "overlay/forwarding/forwarding_table.h"

namespace relay {

enum class PeerVia : std::uint8_t {
  kHairpin,   // a relayed address of this very node
  kOverlay,   // a relayed address of another node that the overlay reaches
  kInternet,  // anything else; also the last resort when the overlay has no path
};

struct PeerRoute {
  PeerVia via = PeerVia::kInternet;
  overlay::NodeId egress;    // kOverlay
  bool last_resort = false;  // kInternet although another node relays there
};

[[nodiscard]] PeerRoute route_to_peer(overlay::NodeId self, const overlay::Endpoint& peer,
                                      const overlay::ForwardingTable& table);

// Names the flow between two relayed addresses in route headers: the same for each of its packets, different
// in each direction. Tells a hub nothing about the addresses beyond equality.
[[nodiscard]] std::uint32_t flow_label(const overlay::Endpoint& source, const overlay::Endpoint& destination,
                                       std::uint64_t salt);

}  // namespace relay
