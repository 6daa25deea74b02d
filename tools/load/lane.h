// One direction of one flow: its sender, its receiver, and the counts of its packets.
#pragma once

#include <cstdint>

#include "tools/load/flow.h"
#include "tools/load/train.h"

namespace load {

struct Lane {
  int sender = -1;
  int receiver = -1;
  bool is_encoded_at_receiver = false;  // the client receives ChannelData or Data indications
  Train train;

  std::uint64_t sent = 0;      // also the sequence number of the next packet
  std::uint64_t received = 0;  // without duplicates
  std::uint64_t passed = 0;    // the highest received sequence number, plus 1
  std::int64_t heard_at = 0;   // ns; arrival of the last packet

  // A lost packet no longer counts once a later one has arrived.
  [[nodiscard]] std::uint64_t on_the_way() const { return sent - passed; }
};

[[nodiscard]] std::vector<Lane> make_lanes(const std::vector<Flow>& flows, const Plan& plan);

}  // namespace load
