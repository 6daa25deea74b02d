// The interface between the cores and a packet back end: sockets (overlay/io), the underlay of the simulation
// (tests/sim), XDP. Addresses are fields of a packet; layers above this header know no socket.
#pragma once

#include <cstdint>

#include "overlay/base/endpoint.h"
#include "overlay/base/packet_buffer.h"
#include "overlay/base/result.h"
#include "overlay/base/time.h"

namespace overlay {

// Differentiated services and congestion bits of the IP header (RFC 2474, RFC 3168): the whole octet.
using TrafficClass = std::uint8_t;

// The transport of a packet. TURN clients use all four, neighbors only UDP. On a stream, a packet is one
// message, and `source` and `local` name the connection.
enum class Transport : std::uint8_t { kUdp, kTcp, kTls, kDtls };
// True for transports that keep packet boundaries.
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

// Metadata of a received datagram. `local` is its destination address and port.
struct DatagramMeta {
  Endpoint source;
  Endpoint local;
  TrafficClass traffic_class = 0;
  Transport transport = Transport::kUdp;
};

// Where to send a datagram. `source` is an address and port that this back end listens on.
struct DatagramRoute {
  Endpoint source;
  Endpoint destination;
  TrafficClass traffic_class = 0;
  Transport transport = Transport::kUdp;
  bool dont_fragment = false;  // drop the datagram instead of fragmenting it; the network reports it by ICMP
};

// An ICMP error (RFC 792, RFC 4443) about a datagram from `local` to `remote`.
struct IcmpError {
  Endpoint local;
  Endpoint remote;
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t mtu = 0;  // MTU of the next hop if the datagram was too big
};

// The packet back end of one thread. Sends are collected; flush() of the shell sends them together.
class PacketIo {
 public:
  virtual ~PacketIo() = default;

  // An empty buffer, valid until the shell flushes. A back end with too many buffers in use counts the send
  // of this buffer as lost.
  [[nodiscard]] virtual PacketBuffer& acquire() = 0;
  // Queues the buffer's bytes. The buffer (received or acquired) must not change until the shell flushes.
  virtual void send(const DatagramRoute& route, const PacketBuffer& buffer) = 0;

  // Starts to receive on an address and port. Fails when another socket has the port.
  [[nodiscard]] virtual Status open_port(const Endpoint& local) = 0;
  // The same for a port that many clients share. A back end with queues makes them larger.
  [[nodiscard]] virtual Status open_busy_port(const Endpoint& local) { return open_port(local); }
  virtual void close_port(const Endpoint& local) = 0;
};

}  // namespace overlay
