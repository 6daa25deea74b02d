// The seam between the cores and whatever moves packets: sockets today (overlay/io), the simulation's
// underlay in tests/sim, XDP later. Addresses are fields of a packet; nothing above this line knows a socket.
#pragma once

#include <cstdint>

#include "overlay/base/endpoint.h"
#include "overlay/base/packet_buffer.h"
#include "overlay/base/result.h"
#include "overlay/base/time.h"

namespace overlay {

// Differentiated services and congestion bits of the IP header (RFC 2474, RFC 3168): the whole octet.
using TrafficClass = std::uint8_t;

// What carries a packet between here and there. All but UDP are what TURN clients may speak; on a stream a
// packet is one message of it, and `source` and `local` name the connection.
enum class Transport : std::uint8_t { kUdp, kTcp, kTls, kDtls };
// Of packets, not a stream of bytes.
[[nodiscard]] constexpr bool is_datagram(Transport transport) {
  return transport == Transport::kUdp || transport == Transport::kDtls;
}

[[nodiscard]] constexpr const char* to_string(Transport transport) {
  switch (transport) {
    case Transport::kUdp:
      return "udp";
    case Transport::kTcp:
      return "tcp";
    case Transport::kTls:
      return "tls";
    case Transport::kDtls:
      return "dtls";
  }
  return "unknown";
}

// What came with a received datagram. `local` is the address and port that it was sent to.
struct DatagramMeta {
  Endpoint source;
  Endpoint local;
  TrafficClass traffic_class = 0;
  Transport transport = Transport::kUdp;
};

// Where a datagram goes. `source` is an address and port that this back end listens on.
struct DatagramRoute {
  Endpoint source;
  Endpoint destination;
  TrafficClass traffic_class = 0;
  Transport transport = Transport::kUdp;
  bool dont_fragment = false;  // rather lose it, and say so by an ICMP error
};

// What the network answered to a datagram that left `local` for `remote`: an ICMP error, or ICMPv6's if the
// addresses are IPv6 (RFC 792, RFC 4443).
struct IcmpError {
  Endpoint local;
  Endpoint remote;
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t mtu = 0;  // of the next hop, when the datagram was too big
};

// One thread's packet back end. Sends are collected and leave together when the shell flushes.
class PacketIo {
 public:
  virtual ~PacketIo() = default;

  // An empty buffer, valid until the shell flushes.
  [[nodiscard]] virtual PacketBuffer& acquire() = 0;
  // Queues the buffer's bytes. The buffer (received or acquired) must not change until the shell flushes.
  virtual void send(const DatagramRoute& route, const PacketBuffer& buffer) = 0;

  // Starts receiving on an address and port. Fails when the port is taken.
  [[nodiscard]] virtual Status open_port(const Endpoint& local) = 0;
  // The same for a port that many clients share: a back end that queues gives it more room.
  [[nodiscard]] virtual Status open_busy_port(const Endpoint& local) { return open_port(local); }
  virtual void close_port(const Endpoint& local) = 0;
};

}  // namespace overlay
