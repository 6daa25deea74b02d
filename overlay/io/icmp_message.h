// ICMP errors as they come from the network: which of our datagrams they are about. For raw sockets.
#pragma once

#include <optional>

#include "overlay/base/bytes.h"
#include "overlay/base/packet_io.h"

namespace overlay {

// An IPv4 packet with an ICMP error about a UDP datagram (RFC 792); nothing if it is anything else.
//
//   IP header | type, code, checksum | rest, MTU | IP header of the datagram | its UDP header ...
[[nodiscard]] std::optional<IcmpError> parse_icmp_v4(Bytes packet);

// The same of ICMPv6, which comes without the IP header (RFC 4443; RFC 3542 section 3). Datagrams that we
// send have no extension headers.
[[nodiscard]] std::optional<IcmpError> parse_icmp_v6(Bytes message);

}  // namespace overlay
