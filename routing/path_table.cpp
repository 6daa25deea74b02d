#include "routing/path_table.h"

#include <algorithm>

namespace routing {

std::string_view to_string(PathRole role) {
  switch (role) {
    case PathRole::kActive:
      return "active";
    case PathRole::kStandby:
      return "standby";
    case PathRole::kCandidate:
      return "candidate";
  }
  return "unknown";
}

std::string_view to_string(PathVerdict verdict) {
  switch (verdict) {
    case PathVerdict::kChosen:
      return "chosen";
    case PathVerdict::kLowerScore:
      return "lower-score";
    case PathVerdict::kHysteresis:
      return "hysteresis";
    case PathVerdict::kPendingMove:
      return "pending-move";
    case PathVerdict::kHoldUp:
      return "hold-up";
    case PathVerdict::kSuspect:
      return "suspect";
    case PathVerdict::kLoad:
      return "load";
    case PathVerdict::kPinned:
      return "pinned";
    case PathVerdict::kSharedRisk:
      return "shared-risk";
    case PathVerdict::kPolicy:
      return "policy";
    case PathVerdict::kDrained:
      return "drained";
  }
  return "unknown";
}

std::string_view to_string(MoveCause cause) {
  switch (cause) {
    case MoveCause::kReachable:
      return "reachable";
    case MoveCause::kUnreachable:
      return "unreachable";
    case MoveCause::kPathLost:
      return "path-lost";
    case MoveCause::kDegraded:
      return "degraded";
    case MoveCause::kBetterPath:
      return "better-path";
    case MoveCause::kPolicy:
      return "policy";
  }
  return "unknown";
}

const RankedPath* DestinationPaths::standby() const {
  return paths.size() > 1 && paths[1].role == PathRole::kStandby ? &paths[1] : nullptr;
}

const DestinationPaths* PathTable::find(NodeId destination) const {
  const auto found = std::ranges::lower_bound(destinations, destination, {}, &DestinationPaths::destination);
  return found != destinations.end() && found->destination == destination ? &*found : nullptr;
}

}  // namespace routing
