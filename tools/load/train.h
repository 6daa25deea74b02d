// What one side of a flow sends: some packets of equal size in one piece of memory, which the kernel cuts up
// again (UDP GSO), each with the time of sending and its number; and what it finds in a packet it receives.
#pragma once

#include <optional>

#include "overlay/base/bytes.h"
#include "tools/load/flow.h"

namespace load {

struct Stamp {
  std::int64_t sent_at = 0;  // CLOCK_REALTIME, ns
  std::uint64_t number = 0;  // counts the packets of one flow and direction
};

class Train {
 public:
  // As the peer sends: the bare payload.
  static Train bare(std::size_t payload, std::size_t packets);
  // As the client sends: in ChannelData, or in Send indications to `peer`.
  static Train encoded(Encoding encoding, const overlay::Endpoint& peer, std::size_t payload,
                       std::size_t packets);

  // Sends all its packets, numbered from `number`. How many the kernel took: all or none.
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
// None: too short.
[[nodiscard]] std::optional<Stamp> read_stamp(overlay::Bytes payload);

}  // namespace load
