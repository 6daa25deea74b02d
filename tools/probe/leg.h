// One client of the probe: its connection, and the TURN client that speaks over it.
#pragma once

#include <deque>
#include <functional>
#include <span>

#include "tools/probe/connection.h"
#include "tools/turn_client/turn_client.h"

namespace probe {

struct Leg {
  Connection connection;
  call::TurnClient turn;
  std::deque<overlay::ByteVector> media{};  // what peers sent

  // Sends what the TURN client has to say and takes in what has arrived.
  [[nodiscard]] overlay::Status talk();
  [[nodiscard]] overlay::Status send_to_peer(overlay::Bytes payload);
};

// Lets the legs talk until is_done() or the deadline. An error: what failed, or `late`.
[[nodiscard]] overlay::Status talk_until(std::span<Leg> legs, overlay::Instant deadline,
                                         std::string_view late, const std::function<bool()>& is_done);

}  // namespace probe
