// UDP headers, written by us: for datagrams that leave many ports through one raw socket.
#pragma once

#include <cstddef>

#include "overlay/base/bytes.h"
#include "overlay/base/packet_io.h"

namespace overlay {

inline constexpr std::size_t kUdpHeader = 8;

// The datagram's header (RFC 768), with its checksum. Source and destination are of one family.
void write_udp_header(const DatagramRoute& route, Bytes payload, ByteArray<kUdpHeader>& out);

// The Internet checksum (RFC 1071), not yet inverted: `sum` so far, and those bytes, in network order.
[[nodiscard]] std::uint16_t internet_sum(Bytes bytes, std::uint16_t sum = 0);

}  // namespace overlay
