// What a data plane noticed on its own, for the control plane's records: it has already acted on it.
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
  LinkState before = LinkState::kDown;
  LinkState after = LinkState::kDown;
  LinkFault fault = LinkFault::kNone;
  Instant failed_at{};    // when the link last worked, as far as can be known (before != kDown)
  Instant detected_at{};  // when it became suspect
  Instant at{};
  std::uint64_t duplicated = 0;  // frames duplicated while it was suspect
};

// The traffic towards one egress left a link that was confirmed down.
struct TrafficMoved {
  NodeId egress;
  bool in_transit = false;  // local repair of other nodes' traffic
  LinkFault fault = LinkFault::kNone;
  NodeId failed_neighbor;
  Instant failed_at{};
  Instant detected_at{};   // suspicion: from here on the traffic was duplicated
  Instant moved_at{};      // confirmation
  std::uint32_t lost = 0;  // frames sent into the dead link before suspicion, at most
  std::uint64_t duplicated = 0;
  ExplicitRoute before;
  ExplicitRoute after;  // empty: nothing leads there any more
};

using OverlayEvent = std::variant<LinkChanged, TrafficMoved>;

}  // namespace overlay
