// Why TurnServer drops what came in.
#pragma once

#include <cstdint>

namespace relay {

enum class TurnDrop : std::uint8_t {
  kNone,
  kMalformed,     // neither STUN nor ChannelData, or it does not parse
  kUnexpected,    // an answer, or an indication that servers do not take or understand
  kNoAllocation,  // ChannelData, Send or peer data without an allocation
  kUnboundChannel,
  kNoPermission,      // RFC 8656 section 9
  kMissingAttribute,  // a Send indication without peer or data
  kOversized,
  kOverBandwidth,       // of the allocation or its tenant
  kChallengeLimit,      // an unproven client, of a network that was answered often enough
  kBindingLimit,        // while the thread is behind: a Binding of a client without an allocation
  kTooManyConnections,  // of a TCP allocation, or of all
  kPeerTaken,           // a Send indication to a peer that another client of the shared port has
  kAmbiguousPeer,       // several clients of the shared port may mean this peer, and none has it
  kCount
};
[[nodiscard]] const char* to_string(TurnDrop reason);

}  // namespace relay
