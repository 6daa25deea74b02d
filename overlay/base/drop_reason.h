// Why the overlay dropped a datagram, and the counters that make in = delivered + forwarded + dropped add up.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace overlay {

enum class DropReason : std::uint8_t {
  kMalformed,         // not a link frame, or its headers do not parse
  kUnknownSession,    // no link session of that index
  kBadTag,            // header tag or control seal is wrong: forged, altered, or of another key
  kReplayedFrame,     // a link frame that was seen before, or is too old to tell
  kNotForUs,          // the route header does not name this node as the next hop
  kHopLimit,          // the hop limit is used up
  kNoLink,            // no usable link to the next hop, and no way around it
  kUnknownIngress,    // no record, or no key, of the node that sealed the media
  kUnknownMediaKey,   // sealed for a key that is not ours (any more), or by one that we have not heard of
  kBadMediaSeal,      // the end-to-end seal is wrong
  kDuplicateMedia,    // the other copy was delivered: duplicates and replays merge here
  kForeignSource,     // the inner source address is not one that the ingress advertises
  kNoRoute,           // nothing leads to the egress
  kNotTransit,        // this node does not carry transit
  kOversized,         // does not fit a datagram once the overlay's headers are added
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
