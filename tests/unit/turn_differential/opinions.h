// The results of our codec and of coturn's libturnclient for the same bytes, in one form for comparison.
// Addresses are text, so that they are compared independently of both libraries' types.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "overlay/base/bytes.h"

namespace differential {

struct Opinion {
  std::optional<std::string> channel_data;  // "number:length"
  bool is_message = false;                  // of STUN, with a FINGERPRINT that is right or absent
  // The rest only of messages.
  std::uint16_t method = 0;
  int message_class = 0;
  overlay::ByteVector transaction;
  std::map<std::uint16_t, overlay::ByteVector> attributes;  // the first of each type
  std::map<std::uint16_t, std::string> addresses;           // of those that carry an XOR-ed address
  std::optional<bool> is_signed;                            // by kKey, in MESSAGE-INTEGRITY
};

// The key that signs messages: user u, realm r, password p.
[[nodiscard]] overlay::Bytes signing_key();

[[nodiscard]] Opinion our_opinion(overlay::Bytes datagram);
// Asks the library only what it can answer without reading beyond the message (see facts.h): for others,
// is_message is all that is said.
[[nodiscard]] Opinion library_opinion(overlay::Bytes datagram);

}  // namespace differential
