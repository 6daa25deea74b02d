#include "tests/sim/flow_record.h"

#include <algorithm>

namespace sim {

std::uint64_t FlowRecord::note_sent(SimTime at) {
  packets_.push_back({.sent = at});
  return packets_.size() - 1;
}

bool FlowRecord::note_arrived(std::uint64_t number, SimTime at) {
  if (number >= packets_.size() || packets_[number].arrived != kSimNever) return false;
  packets_[number].arrived = at;
  arrivals_.push_back(number);
  return true;
}

std::uint64_t FlowRecord::sent(Window window) const {
  return static_cast<std::uint64_t>(
      std::ranges::count_if(packets_, [&](const Packet& packet) { return window.contains(packet.sent); }));
}

std::uint64_t FlowRecord::lost(Window window) const {
  return static_cast<std::uint64_t>(std::ranges::count_if(packets_, [&](const Packet& packet) {
    return window.contains(packet.sent) && packet.arrived == kSimNever;
  }));
}

std::optional<Duration> FlowRecord::longest_gap(Window window) const {
  std::optional<Duration> longest;
  std::optional<SimTime> previous;
  for (const std::uint64_t number : arrivals_) {
    const SimTime at = packets_[number].arrived;
    if (!window.contains(at)) continue;
    if (previous) longest = std::max(longest.value_or(Duration::zero()), at - *previous);
    previous = at;
  }
  // Silence that lasts until the sender stops is a gap too.
  if (const auto last_sent = last_sent_in(window)) {
    const SimTime heard = previous.value_or(std::max(window.from, packets_.front().sent));
    if (*last_sent - heard > longest.value_or(Duration::zero())) longest = *last_sent - heard;
  }
  return longest;
}

std::optional<SimTime> FlowRecord::last_sent_in(Window window) const {
  std::optional<SimTime> last;
  for (const Packet& packet : packets_)
    if (window.contains(packet.sent)) last = packet.sent;
  return last;
}

std::uint64_t FlowRecord::overtaken(Window window) const {
  std::uint64_t count = 0;
  std::uint64_t highest = 0;
  for (const std::uint64_t number : arrivals_) {
    if (number < highest && window.contains(packets_[number].arrived)) ++count;
    highest = std::max(highest, number);
  }
  return count;
}

Duration FlowRecord::longest_transit(Window window) const {
  Duration longest{};
  for (const Packet& packet : packets_)
    if (window.contains(packet.sent) && packet.arrived != kSimNever)
      longest = std::max(longest, packet.arrived - packet.sent);
  return longest;
}

}  // namespace sim
