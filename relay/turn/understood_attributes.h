// The comprehension-required attributes that the server understands (RFC 8489 section 6.3.1).
#pragma once

#include <cstdint>

namespace relay {

// `discovers`: the message is a Binding request that may discover NAT behavior (RFC 5780).
// Comprehension-optional attributes always count as understood.
[[nodiscard]] bool is_understood(std::uint16_t attribute, bool discovers);

}  // namespace relay
