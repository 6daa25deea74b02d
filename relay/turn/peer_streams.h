// The seam between the TURN server and the TCP connections of relayed addresses (RFC 6062): sockets in
// relay/io, a record in tests. One for each data plane, on its thread. Events of a
// connection return through TurnServer::on_peer_connected() and similar functions.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

#include "overlay/base/endpoint.h"
#include "relay/turn/allocation.h"

namespace relay {

// A connection with a peer, as CONNECTION-ID names it (RFC 6062 section 6.2.1). Its rest by the number of
// data planes is the one that holds it.
struct ConnectionId {
  std::uint32_t value = 0;
  auto operator<=>(const ConnectionId&) const = default;
};

class PeerStreams {
 public:
  virtual ~PeerStreams() = default;

  // Starts accepting connections at a relayed address. False when the port is taken.
  [[nodiscard]] virtual bool listen(const overlay::Endpoint& relayed) = 0;
  virtual void close_listener(const overlay::Endpoint& relayed) = 0;

  // Starts connecting from a relayed address that listens. False when that failed at once.
  [[nodiscard]] virtual bool connect(ConnectionId id, const overlay::Endpoint& relayed,
                                     const overlay::Endpoint& peer) = 0;
  // Joins both connections: bytes after the request of `client` go to the peer, and the peer's to the client.
  virtual void bind(ConnectionId id, const FiveTuple& client) = 0;
  // Ends it in any state, with what is bound to it; on_peer_closed() does not follow.
  virtual void close(ConnectionId id) = 0;
};

}  // namespace relay

template <>
struct std::hash<relay::ConnectionId> {
  std::size_t operator()(relay::ConnectionId id) const { return overlay::KeyedHasher{}(id.value); }
};
