// Plain facts of the attributes of a message, by a walk that believes nothing: they decide what the library
// may be asked, and which accepted difference a difference is.
#pragma once

#include <vector>

#include "overlay/base/bytes.h"
#include "overlay/base/wire.h"

namespace differential {

inline constexpr std::uint16_t kMessageIntegrity = 0x0008;
inline constexpr std::uint16_t kMessageIntegritySha256 = 0x001C;
inline constexpr std::uint16_t kFingerprint = 0x8028;

struct AttributeFact {
  std::uint16_t type = 0;
  std::size_t size = 0;
  bool is_within = false;  // its value, with the padding
  bool is_last = false;
};

// Of a datagram whose header is that of a STUN message; ends with the first attribute that is not within.
[[nodiscard]] inline std::vector<AttributeFact> attribute_facts(overlay::Bytes datagram) {
  std::vector<AttributeFact> facts;
  for (std::size_t at = 20; at + 4 <= datagram.size();) {
    AttributeFact fact{.type = overlay::load_be<std::uint16_t>(&datagram[at]),
                       .size = overlay::load_be<std::uint16_t>(&datagram[at + 2])};
    const std::size_t end = at + 4 + (fact.size + 3) / 4 * 4;
    fact.is_within = end <= datagram.size();
    fact.is_last = end >= datagram.size();
    facts.push_back(fact);
    at = end;
  }
  return facts;
}

[[nodiscard]] inline bool reaches_beyond_the_message(overlay::Bytes datagram) {
  const auto facts = attribute_facts(datagram);
  return !facts.empty() && !facts.back().is_within;
}

}  // namespace differential
