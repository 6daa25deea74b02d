// The reason why the WAN dropped a packet. Each packet that the WAN has read is delivered, in flight, or
// counted under one reason.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wan {

enum class DropReason : std::uint8_t {
  kCut,        // the link is cut, or was cut when the packet was due
  kLoss,       // random loss
  kBurst,      // burst loss
  kQueue,      // the queue before the rate limit is full
  kPool,       // all packet buffers are in use
  kNoHost,     // no host has the destination address
  kMalformed,  // neither IPv4 nor IPv6
  kDevice,     // the destination's device rejected the packet
};
inline constexpr std::size_t kDropReasons = 8;

inline constexpr std::array<std::string_view, kDropReasons> kDropReasonNames{
    "cut", "loss", "burst", "queue", "pool", "no_host", "malformed", "device"};

}  // namespace wan
