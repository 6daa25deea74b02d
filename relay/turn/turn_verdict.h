// Results of TurnServer for one input, by value.
#pragma once

#include <cstdint>
#include <optional>

#include "overlay/base/packet_io.h"
#include "overlay/base/time.h"
#include "relay/stun/channel_data.h"
#include "relay/turn/turn_drop.h"

namespace relay {

enum class TurnAction : std::uint8_t {
  kReplyToClient,  // an answer; route: listener -> client
  kToPeer,         // the bare payload; route: relayed address -> peer
  kToClient,       // ChannelData or a Data indication; route: listener -> client
  kReplyLater,     // no answer yet: a Connect whose peer has not answered
  kDrop,
};

// Until then ChannelData of this channel, and datagrams of its peer, may bypass the server if their traffic
// is reported later. No limit of the server applies to them.
struct Shortcut {
  ChannelNumber channel;
  overlay::Instant until{};
};

struct TurnVerdict {
  TurnAction action = TurnAction::kDrop;
  overlay::DatagramRoute route;
  TurnDrop reason = TurnDrop::kNone;
  std::optional<Shortcut> shortcut = std::nullopt;  // of kToPeer
};

}  // namespace relay
