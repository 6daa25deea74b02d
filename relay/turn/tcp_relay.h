// TCP allocations (RFC 6062 section 5): the listeners of relayed addresses, and the connections with peers
// from Connect or an incoming connection to ConnectionBind. Off unless configured. Belongs to a TurnServer
// and its thread. TurnServer authenticates requests and applies the peer policy.
#pragma once

#include <memory>
#include <optional>

#include "overlay/base/packet_io.h"
#include "overlay/base/random.h"
#include "relay/turn/allocate_request.h"
#include "relay/turn/allocation_table.h"
#include "relay/turn/peer_connections.h"
#include "relay/turn/peer_streams.h"
#include "relay/turn/turn_server_config.h"
#include "relay/turn/turn_verdict.h"

namespace relay {

inline constexpr TurnFailure kConnectionFailed{447, "Connection Timeout or Failure"};

class TcpRelay {
 public:
  // Reads the current configuration. All references outlive this. `streams` may be nullptr if the
  // configuration never enables TCP allocations.
  TcpRelay(const TurnServerConfig& config, const AllocationTable& allocations, overlay::Random& random,
           PeerStreams* streams);

  // Applies the configuration to connections that begin from now on.
  void reconfigure();
  // True once a configuration has enabled TCP allocations, because allocations outlive a configuration.
  [[nodiscard]] bool has_served() const { return has_served_; }
  [[nodiscard]] TcpRelayTerms terms(const TurnRequest& request) const;

  // ---- relayed addresses ----

  // Returns false when the port is taken.
  [[nodiscard]] bool listen(const overlay::Endpoint& relayed);
  // Section 5.5: all connections of the relayed address end with it.
  void close(const overlay::Endpoint& relayed);

  // Ends the connections of a relayed address with peers that the configuration forbids.
  void close_forbidden(const overlay::Endpoint& relayed);
  // Ends the connections of all relayed addresses with addresses of the host that are closed to clients.
  void close_host_peers();
  // Whether a TCP allocation of the node, on any data plane, has this relayed address. The caller knows that
  // the node relays from the address.
  [[nodiscard]] bool is_relayed(const overlay::Endpoint& endpoint) const { return ports_->contain(endpoint); }

  // ---- requests ----

  // Section 5.2. On success the answer follows the peer's. Errors: 437, 447, 508.
  [[nodiscard]] TurnStatus connect(TurnRequest& request, const overlay::Endpoint& relayed,
                                   const overlay::Endpoint& peer);
  [[nodiscard]] bool has_connection(const overlay::Endpoint& relayed, const overlay::Endpoint& peer) const {
    return connections_.exists(relayed, peer);
  }
  // Section 5.4: ConnectionBind. Errors: 400, 441.
  [[nodiscard]] TurnStatus bind(const TurnRequest& request);
  // The allocation whose connection a ConnectionBind names; nullptr for other requests.
  [[nodiscard]] const Allocation* find_by_connection(const TurnRequest& request) const;

  // ---- connections with peers: `out` receives the message for the client ----

  TurnVerdict on_connected(ConnectionId id, overlay::PacketBuffer& out, overlay::Instant now);
  TurnVerdict on_failed(ConnectionId id, overlay::PacketBuffer& out, overlay::Instant now);
  // Section 5.3: a peer has connected. kDrop: the caller closes the connection. `id` names it otherwise.
  struct Attempt {
    TurnVerdict verdict;
    ConnectionId id;
  };
  Attempt on_attempt(const overlay::Endpoint& relayed, const overlay::Endpoint& peer,
                     overlay::PacketBuffer& out, overlay::Instant now);
  void on_closed(ConnectionId id) { connections_.erase(id); }
  void on_bytes(ConnectionId id, std::size_t to_peer, std::size_t to_client);

  // ---- time ----

  // Closes connections that no client has bound in time.
  void close_unbound(overlay::Instant now);
  // The answer to one overdue Connect; nullopt when no Connect is overdue.
  [[nodiscard]] std::optional<TurnVerdict> poll_overdue(overlay::PacketBuffer& out, overlay::Instant now);
  [[nodiscard]] overlay::Instant next_timeout() const { return connections_.next_timeout(); }
  [[nodiscard]] std::size_t connection_count() const { return connections_.size(); }

 private:
  [[nodiscard]] const Allocation* find(const overlay::Endpoint& relayed, overlay::Instant now) const;
  [[nodiscard]] TurnVerdict fail_connect(ConnectionId id, overlay::PacketBuffer& out, overlay::Instant now);

  const TurnServerConfig& config_;
  const AllocationTable& allocations_;
  overlay::Random& random_;
  PeerStreams* streams_;  // may be nullptr
  std::shared_ptr<TcpRelayPorts> ports_;
  PeerConnections connections_;
  bool has_served_ = false;
};

}  // namespace relay
