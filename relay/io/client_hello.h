// Server name (RFC 6066 section 3) and protocols (RFC 7301) in the first bytes of a TLS connection. Reads
// only the first handshake message, which is untrusted. A core, bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "overlay/base/bytes.h"

namespace relay {

struct ClientHello {
  static constexpr std::size_t kMaxMessage = 16 * 1024;
  // Nearly every client sends one; some cut the message, so that nobody on the way reads the name (RFC 8446
  // section 5.1 allows it).
  static constexpr std::size_t kMaxRecords = 64;

  enum class State : std::uint8_t { kNeedsMore, kFound, kBroken };
  State state = State::kNeedsMore;
  std::string server_name{};        // empty when there is none
  overlay::ByteVector protocols{};  // names behind their lengths; empty when there are none

  [[nodiscard]] bool offers(std::string_view protocol) const;
};

[[nodiscard]] ClientHello client_hello_at_front(overlay::Bytes stream);

}  // namespace relay
