#include "relay/turn/turn_drop.h"

namespace relay {

const char* to_string(TurnDrop reason) {
  switch (reason) {
    case TurnDrop::kNone:
      return "none";
    case TurnDrop::kMalformed:
      return "malformed";
    case TurnDrop::kUnexpected:
      return "unexpected";
    case TurnDrop::kNoAllocation:
      return "no_allocation";
    case TurnDrop::kUnboundChannel:
      return "unbound_channel";
    case TurnDrop::kNoPermission:
      return "no_permission";
    case TurnDrop::kMissingAttribute:
      return "missing_attribute";
    case TurnDrop::kOversized:
      return "oversized";
    case TurnDrop::kOverBandwidth:
      return "over_bandwidth";
    case TurnDrop::kChallengeLimit:
      return "challenge_limit";
    case TurnDrop::kBindingLimit:
      return "binding_limit";
    case TurnDrop::kTooManyConnections:
      return "too_many_connections";
    case TurnDrop::kPeerTaken:
      return "peer_taken";
    case TurnDrop::kAmbiguousPeer:
      return "ambiguous_peer";
    case TurnDrop::kCount:
      break;
  }
  return "unknown";
}

}  // namespace relay
