// Events of a data plane, for the records of the control plane. The data plane has already reacted.
#pragma once

#include <cstdint>
#include <variant>

#include "overlay/base/ids.h"
#include "overlay/base/time.h"
#include "overlay/forwarding/explicit_route.h"
#include "overlay/link/liveness.h"

namespace overlay {

// A link changed state.
struct LinkChanged {
  NodeId neighbor;
  SessionIndex session;  // our index of the current session
  LinkState before = LinkState::kDown;
  LinkState after = LinkState::kDown;
  LinkFault fault = LinkFault::kNone;
  Instant failed_at{};    // last known time at which the link worked (before != kDown)
  Instant detected_at{};  // time of suspicion
  Instant at{};
  std::uint64_t duplicated = 0;  // frames duplicated while the link was suspect
};

// The traffic for one egress moved away from a link that was confirmed down.
struct TrafficMoved {
  NodeId egress;
  bool in_transit = false;  // local repair of other nodes' traffic
  LinkFault fault = LinkFault::kNone;
  NodeId failed_neighbor;
  Instant failed_at{};
  Instant detected_at{};   // suspicion; from then on the traffic was duplicated
  Instant moved_at{};      // confirmation
  std::uint32_t lost = 0;  // upper bound of frames sent into the dead link before suspicion
  std::uint64_t duplicated = 0;
  ExplicitRoute before;
  ExplicitRoute after;  // empty without another route
};

using OverlayEvent = std::variant<LinkChanged, TrafficMoved>;

}  // namespace overlay
