// IP and UDP headers, written by us: for datagrams that leave many ports through one raw socket.
#pragma once

#include <cstddef>

#include "overlay/base/bytes.h"
#include "overlay/base/packet_io.h"

namespace overlay {

inline constexpr std::size_t kIpv4UdpHeader = 28;
inline constexpr std::size_t kIpv6UdpHeader = 48;

// Writes both headers of the datagram into the first bytes of `out` (at least kIpv6UdpHeader) and returns
// their size. Source and destination are of one family. The checksum of the IPv4 header is left to the
// kernel, which fills it in anyway (raw(7)).
std::size_t write_udp_headers(const DatagramRoute& route, Bytes payload, MutableBytes out);

// The Internet checksum (RFC 1071), not yet inverted: `sum` so far, and those bytes, in network order.
[[nodiscard]] std::uint16_t internet_sum(Bytes bytes, std::uint16_t sum = 0);

}  // namespace overlay
