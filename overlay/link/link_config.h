// The settings of a link. The only place for their defaults: the daemon, the simulation and the tests use
// these types.
#pragma once

#include <cstdint>

#include "overlay/base/time.h"

namespace overlay {

// Interval between the frames that a node sends on a link without other traffic.
struct ProbeConfig {
  Duration fast = std::chrono::milliseconds(10);   // links that carry flows or their standbys
  Duration idle = std::chrono::milliseconds(100);  // all other links
  bool operator==(const ProbeConfig&) const = default;
};

struct LivenessConfig {
  std::uint32_t suspect_after = 3;                         // missed probe intervals
  Duration confirm_after = std::chrono::milliseconds(80);  // minimum silence before `suspect` becomes `down`
  Duration jitter_allowance = std::chrono::milliseconds(5);  // added to the measured jitter
  // Time with frames in both directions before `down` becomes `up`. Not applied to a link without alternative
  // (OverlayPlane). Routing has a hold-up of its own, which
  // doubles with each flap.
  Duration hold_up = std::chrono::seconds(1);
  bool operator==(const LivenessConfig&) const = default;
};

struct LinkConfig {
  ProbeConfig probe;
  LivenessConfig liveness;
};

}  // namespace overlay
