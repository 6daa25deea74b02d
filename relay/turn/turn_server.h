// The TURN server (RFC 8656 over RFC 8489) of one data plane: a state machine without sockets or clocks. It
// is handed datagrams and the time and says by value what becomes of each; the buffer then holds what is to
// be sent.
//
// Nothing is remembered of a client before it has returned a nonce. ChannelData and Send/Data indications
// cost no heap allocation and do not move the payload.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "overlay/base/packet_io.h"
#include "overlay/base/random.h"
#include "overlay/base/time.h"
#include "relay/admission/admission.h"
#include "relay/admission/authenticator.h"
#include "relay/admission/peer_policy.h"
#include "relay/admission/turn_request.h"
#include "relay/turn/allocate_request.h"
#include "relay/turn/allocation.h"
#include "relay/turn/drain.h"
#include "relay/turn/mobility.h"
#include "relay/turn/nat_discovery.h"
#include "relay/turn/peer_connections.h"
#include "relay/turn/peer_streams.h"
#include "relay/turn/shared_ports.h"
#include "relay/turn/turn_drop.h"
#include "relay/turn/turn_server_config.h"

namespace relay {

enum class TurnAction : std::uint8_t {
  kReplyToClient,  // an answer; route: listener -> client
  kToPeer,         // the bare payload; route: relayed address -> peer
  kToClient,       // ChannelData or a Data indication; route: listener -> client
  kReplyLater,     // nothing yet: a Connect whose peer has not answered
  kDrop,
};

// Until then ChannelData of this channel, and its peer's datagrams, may go the same way without being shown
// to the server, if their traffic is told later: none of its limits is about them.
struct Shortcut {
  ChannelNumber channel;
  overlay::Instant until{};
};

struct TurnVerdict {
  TurnAction action = TurnAction::kDrop;
  overlay::DatagramRoute route;
  TurnDrop reason = TurnDrop::kNone;
  std::optional<Shortcut> shortcut = std::nullopt;  // of kToPeer
};

class TurnServer {
 public:
  // `io` opens and closes relayed addresses, `peer_streams` those of TCP; all outlive the server. Without
  // `peer_streams` the configuration must not enable TCP allocations. What those still have at the end of the
  // server is for their owner to close.
  TurnServer(TurnServerConfig config, overlay::PacketIo& io, overlay::Random& random,
             PeerStreams* peer_streams = nullptr);
  ~TurnServer();
  TurnServer(const TurnServer&) = delete;
  TurnServer& operator=(const TurnServer&) = delete;

  // From now on. No allocation ends: relayed addresses and ports hold for new ones, lifetimes and the peer
  // policy for their next requests, and who has an allocation keeps it with the password that began it.
  void reconfigure(TurnServerConfig config, overlay::UnixSeconds now);

  // Whether more is waiting than this thread can take: strangers are answered less often then.
  void set_behind(bool is_behind) { admission_.set_behind(is_behind); }
  // Takes no new allocation from now on, and ends those there are, gently; nothing: takes them again.
  void drain(std::optional<Drain> drain) { drain_ = std::move(drain); }
  // The clients on connections: at the deadline of a drain their allocations end, and the shell closes these.
  [[nodiscard]] std::vector<FiveTuple> connected_clients() const;
  void end_drained(const FiveTuple& client) { remove(client, AllocationEnd::kDrained); }

  // A datagram on a TURN listener.
  TurnVerdict on_client_datagram(const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer,
                                 overlay::Instant now, const overlay::WallClock& wall_clock);
  // A payload from `peer` for a relayed address, from its socket or out of the overlay.
  TurnVerdict on_peer_datagram(const overlay::Endpoint& relayed, const overlay::Endpoint& peer,
                               overlay::PacketBuffer& payload, overlay::Instant now,
                               overlay::TrafficClass traffic_class = 0);

  // An ICMP error for a datagram that left a relayed address; when the client may send to that peer, it is
  // told in a Data indication, which `out` then holds (RFC 8656 section 11.5).
  TurnVerdict on_peer_unreachable(const overlay::IcmpError& error, overlay::PacketBuffer& out,
                                  overlay::Instant now);

  // ---- of TCP allocations (RFC 6062) ----

  // A connection that a client asked for: the answer to its Connect.
  TurnVerdict on_peer_connected(ConnectionId id, overlay::PacketBuffer& out, overlay::Instant now);
  TurnVerdict on_peer_failed(ConnectionId id, overlay::PacketBuffer& out, overlay::Instant now);
  // A peer connected to a relayed address: with kToClient `out` holds what its client is told, and the
  // connection has this id from now on; with kDrop it is to be closed.
  struct Attempt {
    TurnVerdict verdict;
    ConnectionId id;
  };
  Attempt on_peer_attempt(const overlay::Endpoint& relayed, const overlay::Endpoint& peer,
                          overlay::PacketBuffer& out, overlay::Instant now);
  // Peer or client ended a connection that was bound, or the peer one that waited.
  void on_peer_closed(ConnectionId id) { connections_.erase(id); }
  // Bytes that went through a connection that is bound.
  void on_peer_bytes(ConnectionId id, std::size_t to_peer, std::size_t to_client);
  // The answer to a Connect whose time is over; call after on_timer() until there is none.
  std::optional<TurnVerdict> poll_overdue_connect(overlay::PacketBuffer& out, overlay::Instant now);
  [[nodiscard]] std::size_t peer_connection_count() const { return connections_.size(); }
  // Allocations outlive a configuration that has them no more.
  [[nodiscard]] bool serves_tcp() const { return has_served_tcp_; }

  // What went by a shortcut.
  void add_traffic(const FiveTuple& client, const FlowTraffic& traffic);

  // The client's connection (TCP, TLS, DTLS) ended: its allocation goes with it.
  void on_client_closed(const FiveTuple& client) { remove(client, AllocationEnd::kConnectionClosed); }

  // Called with each allocation that ends, before it goes.
  using EndObserver = std::function<void(const Allocation&, AllocationEnd)>;
  void observe_ends(EndObserver observer) { end_observer_ = std::move(observer); }

  void on_timer(overlay::Instant now);
  [[nodiscard]] overlay::Instant next_timeout() const;

  // Whether a rule of the operator allows that peer.
  [[nodiscard]] bool names_peer(const overlay::IpAddress& peer) const {
    return config_.peer_policy.names(peer);
  }

  [[nodiscard]] bool has_allocation(const FiveTuple& client) const {
    return allocations_by_client_.contains(client);
  }
  [[nodiscard]] std::size_t allocation_count() const { return allocations_by_client_.size(); }
  [[nodiscard]] std::size_t max_allocations() const { return config_.max_allocations; }
  [[nodiscard]] bool owns(const overlay::Endpoint& relayed) const {
    return allocations_by_relayed_.contains(relayed) || shared_ports_.owns(relayed);
  }
  // Calls visit(const Allocation&) for each allocation, in no order.
  template <typename Visit>
  void for_each_allocation(Visit visit) const {
    for (const auto& [tuple, allocation] : allocations_by_client_)
      visit(*allocation);
  }
  [[nodiscard]] std::uint64_t dropped(TurnDrop reason) const {
    return drops_[static_cast<std::size_t>(reason)];
  }
  // Error responses so far.
  [[nodiscard]] const std::map<int, std::uint64_t>& errors_by_code() const { return errors_by_code_; }

 private:
  using Request = TurnRequest;
  using Failure = TurnFailure;
  struct Deadline {
    overlay::Instant at;
    FiveTuple tuple;
    auto operator<=>(const Deadline&) const = default;
  };

  // ---- turn_server.cpp: data, Binding, and allocations in time ----
  TurnVerdict drop(TurnDrop reason);
  TurnVerdict on_channel_data(const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer,
                              overlay::Instant now);
  [[nodiscard]] std::optional<Shortcut> shortcut(const Allocation& allocation,
                                                 const ChannelBinding& binding) const;
  TurnVerdict on_send_indication(const StunReader& message, const overlay::DatagramMeta& meta,
                                 overlay::PacketBuffer& buffer, overlay::Instant now);
  TurnVerdict on_binding(const StunReader& message, const overlay::DatagramMeta& meta,
                         overlay::PacketBuffer& buffer, overlay::Instant now);
  // The live allocation of a client; what is over is removed first.
  [[nodiscard]] Allocation* find(const FiveTuple& tuple, overlay::Instant now);
  // The live allocation of a relayed address that is not shared.
  [[nodiscard]] Allocation* find_relayed(const overlay::Endpoint& relayed, overlay::Instant now);
  // The live allocation that a peer's datagram is for.
  [[nodiscard]] overlay::Result<Allocation*, TurnDrop> find_receiver(const overlay::Endpoint& relayed,
                                                                     const overlay::Endpoint& peer,
                                                                     overlay::Instant now);
  void remove(const FiveTuple& tuple, AllocationEnd end);
  [[nodiscard]] std::unordered_map<overlay::Endpoint, Allocation*>& by_relayed(const Allocation& allocation) {
    return allocation.relays_tcp ? tcp_allocations_by_relayed_ : allocations_by_relayed_;
  }
  // Gives up one of two relayed addresses.
  void release_relayed(Allocation& allocation, overlay::AddressFamily family);
  // Removes the relayed addresses whose time is over, and with the last one the allocation: then nothing.
  Allocation* expire(Allocation& allocation, overlay::Instant now);
  // Of the relayed address of that family, or of all.
  void set_expiry(Allocation& allocation, std::optional<overlay::AddressFamily> family,
                  overlay::Instant expires_at);

  // ---- turn_requests.cpp ----
  TurnVerdict on_request(const StunReader& message, const overlay::DatagramMeta& meta,
                         overlay::PacketBuffer& buffer, overlay::Instant now, overlay::UnixSeconds wall);
  [[nodiscard]] std::optional<Failure> authenticate(Request& request);
  [[nodiscard]] bool discovers_nat(const StunReader& message, const overlay::DatagramMeta& meta) const;
  [[nodiscard]] std::optional<Failure> check_attributes(const StunReader& message,
                                                        const overlay::DatagramMeta& meta) const;
  // The answers are in `out`; empty: there is none, at least not yet.
  [[nodiscard]] overlay::Bytes answer(Request& request, overlay::MutableBytes out);
  [[nodiscard]] overlay::Bytes answer_about_allocation(Request& request, overlay::MutableBytes out);
  [[nodiscard]] overlay::Bytes answer_plain(const Request& request, overlay::MutableBytes out,
                                            std::optional<overlay::Duration> lifetime);
  [[nodiscard]] overlay::Bytes answer_failure(const Request& request, const Failure& failure,
                                              overlay::MutableBytes out);
  [[nodiscard]] std::optional<Failure> apply(Request& request, Allocation& allocation);
  // The lifetime that is granted; zero: none is left.
  [[nodiscard]] overlay::Result<overlay::Duration, Failure> refresh(const Request& request,
                                                                    Allocation& allocation);
  [[nodiscard]] std::optional<Failure> create_permission(const Request& request, Allocation& allocation);
  [[nodiscard]] std::optional<Failure> bind_channel(const Request& request, Allocation& allocation);
  [[nodiscard]] std::optional<Failure> check_peer(const Allocation& allocation,
                                                  const std::optional<overlay::Endpoint>& peer) const;

  // ---- turn_allocate.cpp ----
  [[nodiscard]] std::optional<Failure> allocate(Request& request);
  [[nodiscard]] overlay::Bytes answer_allocate(const Request& request, overlay::MutableBytes out);
  [[nodiscard]] std::optional<Failure> open_relayed(const Request& request, const AllocateRequest& asked,
                                                    Allocation& allocation);
  [[nodiscard]] bool may_share(const AllocateRequest& asked) const;
  [[nodiscard]] std::optional<Failure> open_dual(const AllocateRequest& asked, Allocation& allocation);
  [[nodiscard]] std::optional<overlay::IpAddress> relay_address(overlay::AddressFamily family) const;
  [[nodiscard]] overlay::AddressFamily default_family(const Request& request) const;
  [[nodiscard]] overlay::Duration lifetime_of(const StunReader& message) const;

  // ---- turn_admission.cpp ----
  [[nodiscard]] bool may_answer_unproven(const Request& request);
  [[nodiscard]] bool may_add_peers(Allocation& allocation, std::span<const overlay::IpAddress> peers,
                                   overlay::Instant now);
  // 300 for a client that there is no room for, if another server is known to it, or else the failure.
  [[nodiscard]] Failure send_elsewhere(const Request& request, const Failure& failure) const;
  [[nodiscard]] std::vector<overlay::Endpoint> alternatives_for(const Request& request) const;

  // ---- turn_mobility.cpp ----
  // The allocation that a Refresh with a ticket brings along from another 5-tuple, or none.
  [[nodiscard]] Allocation* find_by_ticket(const Request& request);
  [[nodiscard]] std::optional<Failure> move_here(const Request& request, Allocation*& allocation);
  void give_ticket(Allocation& allocation);

  // ---- turn_tcp.cpp ----
  void limit_connections();
  [[nodiscard]] TcpRelayTerms tcp_terms(const Request& request) const;
  [[nodiscard]] std::optional<overlay::Endpoint> open_tcp(const overlay::IpAddress& address);
  void close_tcp(const Allocation& allocation);
  [[nodiscard]] std::optional<Failure> connect(Request& request, Allocation& allocation);
  [[nodiscard]] bool is_unnamed_beside_us(const overlay::Endpoint& peer) const;
  [[nodiscard]] overlay::Bytes answer_connection_bind(const Request& request, overlay::MutableBytes out);
  [[nodiscard]] std::optional<Failure> bind_connection(const Request& request);
  [[nodiscard]] std::optional<ConnectionId> connection_id_of(const Request& request) const;
  // The allocation whose connection a ConnectionBind names, or none.
  [[nodiscard]] Allocation* find_by_connection(const Request& request);
  [[nodiscard]] Allocation* find_tcp(const overlay::Endpoint& relayed, overlay::Instant now);
  [[nodiscard]] TurnVerdict fail_connect(ConnectionId id, overlay::PacketBuffer& out, overlay::Instant now);
  void close_unbound(overlay::Instant now);

  TurnServerConfig config_;
  overlay::Random& random_;
  PeerStreams* peer_streams_;  // or nothing
  RelayedPorts ports_;
  SharedPorts shared_ports_;
  Authenticator authenticator_;
  NatDiscovery discovery_;
  MobilityTickets tickets_;
  Admission admission_;
  std::optional<Drain> drain_;
  std::size_t next_alternative_ = 0;
  std::unordered_map<FiveTuple, std::unique_ptr<Allocation>> allocations_by_client_;
  std::unordered_map<overlay::Endpoint, Allocation*> allocations_by_relayed_;  // but those on shared ports
  // Of TCP, whose ports are not those of UDP.
  std::unordered_map<overlay::Endpoint, Allocation*> tcp_allocations_by_relayed_;
  PeerConnections connections_;
  bool has_served_tcp_ = false;
  std::set<Deadline> deadlines_;  // one for each allocation: its next_expiry()
  std::array<std::uint64_t, static_cast<std::size_t>(TurnDrop::kCount)> drops_{};
  EndObserver end_observer_;
  std::map<int, std::uint64_t> errors_by_code_;  // of the few codes that exist
};

}  // namespace relay
