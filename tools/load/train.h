// Packets of equal size that one side of a flow sends with one call (UDP GSO). Each holds its send time and
// its sequence number.
#pragma once

#include <optional>

#include "overlay/base/bytes.h"
#include "tools/load/flow.h"

namespace load {

struct Stamp {
  std::int64_t sent_at = 0;  // CLOCK_REALTIME, ns
  std::uint64_t number = 0;  // sequence number within one flow and direction
};

class Train {
 public:
  // Packets of a peer: the bare payload.
  static Train bare(std::size_t payload, std::size_t packets);
  // Packets of a client: ChannelData, or Send indications to `peer`.
  static Train encoded(Encoding encoding, const overlay::Endpoint& peer, std::size_t payload,
                       std::size_t packets);

  // Sends all packets, numbered from `number`. Returns their count, or 0 when the kernel rejected them.
  [[nodiscard]] std::size_t send(int fd, std::uint64_t number, std::int64_t now);
  [[nodiscard]] std::size_t packets() const { return packets_; }

 private:
  Train(overlay::ByteVector unit, std::size_t payload_at, std::size_t packets);

  overlay::ByteVector bytes_;
  std::size_t unit_;
  std::size_t payload_at_;
  std::size_t packets_;
};

// CLOCK_REALTIME in ns: the clock of the kernel's receive times.
[[nodiscard]] std::int64_t civil_ns();
// Returns nullopt when the payload is too short.
[[nodiscard]] std::optional<Stamp> read_stamp(overlay::Bytes payload);

}  // namespace load
