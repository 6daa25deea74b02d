// turn: and turns: URIs (RFC 7065), and the ways in that each of them means.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "overlay/base/packet_io.h"
#include "overlay/base/result.h"

namespace probe {

using overlay::Transport;

[[nodiscard]] constexpr bool is_stream(Transport transport) {
  return transport == Transport::kTcp || transport == Transport::kTls;
}
[[nodiscard]] constexpr bool is_secure(Transport transport) {
  return transport == Transport::kTls || transport == Transport::kDtls;
}

struct TurnUri {
  std::string host;  // a name or an address, without brackets
  std::uint16_t port = 0;
  std::vector<Transport> transports;  // turn: is UDP and TCP, turns: is TLS and DTLS, unless it names one
};

// "turn:HOST[:PORT][?transport=udp|tcp]", or turns:...
[[nodiscard]] overlay::Result<TurnUri> parse_turn_uri(std::string_view text);

}  // namespace probe
