// One direction of one flow: who sends, who receives, and what became of the packets.
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

  std::uint64_t sent = 0;      // also the number of the next packet
  std::uint64_t received = 0;  // each once
  std::uint64_t passed = 0;    // the highest number received, plus one
  std::int64_t heard_at = 0;   // ns, of the last packet

  // Lost packets stop counting as soon as a later one has arrived.
  [[nodiscard]] std::uint64_t on_the_way() const { return sent - passed; }
};

[[nodiscard]] std::vector<Lane> make_lanes(const std::vector<Flow>& flows, const Plan& plan);

}  // namespace load
