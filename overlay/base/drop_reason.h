// Reasons why the overlay drops a datagram, with one counter each: in = delivered + forwarded + dropped.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace overlay {

enum class DropReason : std::uint8_t {
  kMalformed,         // not a link frame, or its headers do not parse
  kUnknownSession,    // no link session has this index
  kBadTag,            // wrong header tag or control seal: forged, altered, or made with another key
  kReplayedFrame,     // a link frame that arrived before, or is older than the replay window
  kNotForUs,          // the route header does not name this node as the next hop
  kHopLimit,          // the hop limit is used up
  kNoLink,            // no usable link to the next hop, and no repair
  kUnknownIngress,    // no record or no key of the node that sealed the media
  kUnknownMediaKey,   // sealed for a key that we do not hold any more, or with a key that we do not know yet
  kBadMediaSeal,      // wrong end-to-end seal
  kDuplicateMedia,    // the counter was delivered before: a second copy or a replay
  kForeignSource,     // the ingress does not advertise the inner source address
  kNoRoute,           // no route to the egress
  kNotTransit,        // this node does not carry transit
  kOversized,         // too long for a datagram with the headers of the overlay
  kNoSession,         // the link has no session that may send yet
  kSessionExhausted,  // the link session has used up its sequence numbers; its renewal is late
  kCount
};

[[nodiscard]] const char* to_string(DropReason reason);

class DropCounters {
 public:
  void count(DropReason reason) { ++counts_[static_cast<std::size_t>(reason)]; }
  [[nodiscard]] std::uint64_t operator[](DropReason reason) const {
    return counts_[static_cast<std::size_t>(reason)];
  }
  [[nodiscard]] std::uint64_t total() const;

 private:
  std::array<std::uint64_t, static_cast<std::size_t>(DropReason::kCount)> counts_{};
};

}  // namespace overlay
