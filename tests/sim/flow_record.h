// The record of each packet of one direction of a call.
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
  // Of those sent in the window, the ones that have not arrived. Mind those still on their way.
  [[nodiscard]] std::uint64_t lost(Window window = {}) const;
  // The longest silence between two arrivals in the window. Nothing when fewer than two arrived.
  [[nodiscard]] std::optional<Duration> longest_gap(Window window = {}) const;
  // Arrivals in the window that a later packet had overtaken.
  [[nodiscard]] std::uint64_t overtaken(Window window = {}) const;
  // Of the packets sent in the window that arrived. Zero when none did.
  [[nodiscard]] Duration longest_transit(Window window = {}) const;

 private:
  struct Packet {
    SimTime sent;
    SimTime arrived = kSimNever;
  };
  std::vector<Packet> packets_;          // by number
  std::vector<std::uint64_t> arrivals_;  // numbers, in the order of arrival
};

}  // namespace sim
