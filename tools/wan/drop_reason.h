// Why the WAN lost a packet. Every packet read is delivered, in flight, or counted under one of these.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wan {

enum class DropReason : std::uint8_t {
  kCut,        // the link is cut, now or when the packet was to arrive
  kLoss,       // random loss
  kBurst,      // burst loss
  kQueue,      // the queue before the rate limit is full
  kPool,       // no packet buffer is left
  kNoHost,     // nobody has the destination address
  kMalformed,  // neither IPv4 nor IPv6
  kDevice,     // the destination's device took it not
};
inline constexpr std::size_t kDropReasons = 8;

inline constexpr std::array<std::string_view, kDropReasons> kDropReasonNames{
    "cut", "loss", "burst", "queue", "pool", "no_host", "malformed", "device"};

}  // namespace wan
