// The PROXY protocol, version 2 (HAProxy's proxy-protocol.txt section 2.2): what a load balancer writes in
// front of a stream, to say who is at its other end, and what we write in front of those that we pass on. A
// core, bounded.
//
//    12 bytes  signature 0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A
//    1 byte    version (2) and command (0 LOCAL, 1 PROXY)
//    1 byte    family (1 IPv4, 2 IPv6) and transport (1 stream)
//    2 bytes   length of what follows: source and destination address, both ports, TLVs
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "overlay/base/bytes.h"
#include "overlay/base/endpoint.h"

namespace relay {

// A client and what it called: both of one family.
struct StreamEnds {
  overlay::Endpoint client;
  overlay::Endpoint server;
  bool operator==(const StreamEnds&) const = default;
};

struct ProxyHeader {
  // Real ones have less than 300 bytes, with a certificate's name in a TLV perhaps 2,000.
  static constexpr std::size_t kMaxSize = 4096;

  enum class State : std::uint8_t { kNeedsMore, kFound, kBroken };
  State state = State::kNeedsMore;
  std::size_t size = 0;  // of the whole header
  // Nothing when the proxy speaks for itself (LOCAL, a health check).
  std::optional<StreamEnds> ends;
};

[[nodiscard]] ProxyHeader proxy_header_at_front(overlay::Bytes stream);

// PROXY, without TLVs: 28 bytes for IPv4, 52 for IPv6.
[[nodiscard]] overlay::ByteVector encode_proxy_header(const StreamEnds& ends);

}  // namespace relay
