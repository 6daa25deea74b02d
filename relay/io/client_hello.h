// What the first bytes of a TLS connection say about where it wants to go: server name (RFC 6066 section 3)
// and protocols (RFC 7301). Reads no further than the first handshake message, and trusts nothing. A core,
// bounded, without allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "overlay/base/bytes.h"

namespace relay {

struct ClientHello {
  // The whole message in one record, as every client sends it.
  static constexpr std::size_t kMaxSize = 5 + 16 * 1024;

  enum class State : std::uint8_t { kNeedsMore, kFound, kBroken };
  State state = State::kNeedsMore;
  std::string_view server_name;  // within the stream; empty when there is none
  overlay::Bytes protocols;      // names behind their lengths; empty when there are none

  [[nodiscard]] bool offers(std::string_view protocol) const;
};

[[nodiscard]] ClientHello client_hello_at_front(overlay::Bytes stream);

}  // namespace relay
