// The connections with peers of one data plane's TCP allocations (RFC 6062 section 5): from Connect or an
// incoming connection to ConnectionBind and the end. A table with deadlines, bounded; owned by TurnServer.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "overlay/base/random.h"
#include "overlay/base/time.h"
#include "relay/admission/turn_request.h"
#include "relay/turn/peer_streams.h"

namespace relay {

// Limits of the configuration. Off unless enabled.
struct TcpRelayLimits {
  bool is_enabled = false;
  std::size_t connections = 1'000;  // of this data plane
  std::size_t connections_per_allocation = 16;
  bool operator==(const TcpRelayLimits&) const = default;
};

struct PeerConnection {
  enum class State : std::uint8_t {
    kConnecting,  // the answer to Connect waits for it
    kPending,     // waits for ConnectionBind
    kBound,
  };
  overlay::Endpoint relayed;  // whose allocation it belongs to
  overlay::Endpoint peer;
  State state = State::kConnecting;
  overlay::Instant deadline{};  // until it is bound
  LateAnswer answer;            // while connecting
};

// The connection that a ConnectionBind request names; nothing for any other message.
[[nodiscard]] std::optional<ConnectionId> named_by_connection_bind(overlay::Bytes message);

class PeerConnections {
 public:
  // Section 5.2: for connecting at least this, then again for ConnectionBind.
  static constexpr overlay::Duration kTimeLimit = std::chrono::seconds(30);

  explicit PeerConnections(overlay::Random& random) : random_(random) {}

  void set_limits(const TcpRelayLimits& limits) { limits_ = limits; }
  // Its ids leave the rest `offset` when divided by `stride`.
  void set_share(std::uint16_t stride, std::uint16_t offset);

  // Nothing when there is no room, in all or for that relayed address.
  [[nodiscard]] std::optional<ConnectionId> add(PeerConnection connection);
  [[nodiscard]] const PeerConnection* find(ConnectionId id) const;
  void set_pending(ConnectionId id, overlay::Instant until);
  void set_bound(ConnectionId id);
  // Is there a connection between the two, in any state?
  [[nodiscard]] bool exists(const overlay::Endpoint& relayed, const overlay::Endpoint& peer) const;
  void erase(ConnectionId id);

  [[nodiscard]] std::vector<ConnectionId> of(const overlay::Endpoint& relayed) const;
  // All with a chosen peer.
  using PeerChoice = std::function<bool(const overlay::IpAddress&)>;
  [[nodiscard]] std::vector<ConnectionId> with(const PeerChoice& is_chosen) const;
  [[nodiscard]] std::optional<ConnectionId> find_overdue(PeerConnection::State state,
                                                         overlay::Instant now) const;
  [[nodiscard]] overlay::Instant next_timeout() const {
    return deadlines_.empty() ? overlay::kNever : deadlines_.begin()->first;
  }
  [[nodiscard]] std::size_t size() const { return connections_by_id_.size(); }

 private:
  [[nodiscard]] ConnectionId draw();
  void set_state(ConnectionId id, PeerConnection::State state, overlay::Instant deadline);

  overlay::Random& random_;
  TcpRelayLimits limits_;
  std::uint16_t stride_ = 1;
  std::uint16_t offset_ = 0;
  std::unordered_map<ConnectionId, PeerConnection> connections_by_id_;
  std::unordered_map<overlay::Endpoint, std::vector<ConnectionId>> ids_by_relayed_;
  std::set<std::pair<overlay::Instant, ConnectionId>> deadlines_;  // of those that are not bound
};

}  // namespace relay
