// Parses ICMP errors from raw sockets: which of our datagrams an error is about.
#pragma once

#include <optional>

#include "overlay/base/bytes.h"
#include "overlay/base/packet_io.h"

namespace overlay {

// An IPv4 packet with an ICMP error about a UDP datagram (RFC 792). nullopt for any other packet.
//
//   IP header | type, code, checksum | rest, MTU | IP header of the datagram | its UDP header ...
[[nodiscard]] std::optional<IcmpError> parse_icmp_v4(Bytes packet);

// The same for ICMPv6, which raw sockets deliver without the IP header (RFC 4443; RFC 3542 section 3). Our
// datagrams have no extension headers.
[[nodiscard]] std::optional<IcmpError> parse_icmp_v6(Bytes message);

}  // namespace overlay
