// Writes UDP headers for datagrams of many ports that leave through one raw socket.
#pragma once

#include <cstddef>

#include "overlay/base/bytes.h"
#include "overlay/base/packet_io.h"

namespace overlay {

inline constexpr std::size_t kUdpHeader = 8;

// The header with its checksum (RFC 768). Source and destination have the same family.
void write_udp_header(const DatagramRoute& route, Bytes payload, ByteArray<kUdpHeader>& out);

// The Internet checksum (RFC 1071) before inversion, of `bytes` in network order, continued from `sum`.
[[nodiscard]] std::uint16_t internet_sum(Bytes bytes, std::uint16_t sum = 0);

}  // namespace overlay
