// The fate of every packet in one direction of a call.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tests/sim/sim_time.h"

namespace sim {

// From the first instant to before the second.
struct Window {
  SimTime from{};
  SimTime to = kSimNever;
  [[nodiscard]] bool contains(SimTime at) const { return from <= at && at < to; }
};

class FlowRecord {
 public:
  // Returns the packet's number, from 0.
  std::uint64_t note_sent(SimTime at);
  // False when this packet had arrived before, or was never sent.
  [[nodiscard]] bool note_arrived(std::uint64_t number, SimTime at);

  [[nodiscard]] std::uint64_t sent(Window window = {}) const;
  // Packets sent in the window that have not arrived. Includes packets that are still on their way.
  [[nodiscard]] std::uint64_t lost(Window window = {}) const;
  // The longest silence in the window: between two arrivals, or from the last arrival until the sender
  // stopped. nullopt when neither exists.
  [[nodiscard]] std::optional<Duration> longest_gap(Window window = {}) const;
  // Arrivals in the window that came after a later packet.
  [[nodiscard]] std::uint64_t overtaken(Window window = {}) const;
  // The longest transit of the packets sent in the window; zero if none arrived.
  [[nodiscard]] Duration longest_transit(Window window = {}) const;

 private:
  [[nodiscard]] std::optional<SimTime> last_sent_in(Window window) const;

  struct Packet {
    SimTime sent;
    SimTime arrived = kSimNever;
  };
  std::vector<Packet> packets_;          // by number
  std::vector<std::uint64_t> arrivals_;  // numbers, in the order of arrival
};

}  // namespace sim
