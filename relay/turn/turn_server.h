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
#include <optional>
#include <span>
#include <vector>

#include "overlay/base/packet_io.h"
#include "overlay/base/random.h"
#include "overlay/base/time.h"
#include "relay/admission/admission.h"
#include "relay/admission/authenticator.h"
#include "relay/admission/refused_logins.h"
#include "relay/admission/turn_request.h"
#include "relay/turn/allocation.h"
#include "relay/turn/allocation_table.h"
#include "relay/turn/alternate_servers.h"
#include "relay/turn/drain.h"
#include "relay/turn/mobility.h"
#include "relay/turn/nat_discovery.h"
#include "relay/turn/peer_streams.h"
#include "relay/turn/relayed_addresses.h"
#include "relay/turn/tcp_relay.h"
#include "relay/turn/turn_drop.h"
#include "relay/turn/turn_server_config.h"
#include "relay/turn/turn_verdict.h"

namespace relay {

class TurnServer {
 public:
  // `io` opens and closes relayed addresses, `peer_streams` those of TCP; all outlive the server. Without
  // `peer_streams` the configuration must not enable TCP allocations. The owner of `peer_streams` closes the
  // connections that remain at the end of the server.
  TurnServer(TurnServerConfig config, overlay::PacketIo& io, overlay::Random& random,
             PeerStreams* peer_streams = nullptr);
  ~TurnServer();
  TurnServer(const TurnServer&) = delete;
  TurnServer& operator=(const TurnServer&) = delete;

  // Applies from now on. No allocation ends: relayed addresses and ports apply to new allocations, lifetimes
  // and the peer policy to later requests. A client keeps its allocation with the password that created it.
  void reconfigure(TurnServerConfig config, overlay::UnixSeconds now);

  // True while this thread is overloaded: clients without an allocation then get fewer challenges
  // and answers to Bindings.
  void set_behind(bool is_behind) { admission_.set_behind(is_behind); }
  // Rejects new allocations and shortens the lifetimes of existing ones. nullopt ends the drain.
  void drain(std::optional<Drain> drain) { drain_ = std::move(drain); }
  // The clients on connections: at the deadline of a drain their allocations end, and the shell closes these.
  [[nodiscard]] std::vector<FiveTuple> connected_clients() const;
  void end_client(const FiveTuple& client, AllocationEnd reason) { end(client, reason); }
  // The addresses of the host are no peers from now on unless the operator names them.
  void set_host_addresses(std::shared_ptr<const HostAddressList> addresses);
  // An address from which no allocation relays any more: an address of the host like any other.
  void withdraw_relayed(const overlay::IpAddress& address);
  // Applies the configuration to what an earlier one allowed: removes permissions, channels and connections
  // of forbidden peers. Returns why the allocation must end; nullopt if it may go on.
  [[nodiscard]] std::optional<AllocationEnd> review(const FiveTuple& client);
  // Lets an allocation of a user or secret that is gone run out: a Refresh extends it no more. Permissions
  // and channels of forbidden peers run out in any case, because no request extends them.
  void review_with_grace(const FiveTuple& client);

  // A datagram on a TURN listener.
  TurnVerdict on_client_datagram(const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer,
                                 overlay::Instant now, const overlay::WallClock& wall_clock);
  // A payload from `peer` for a relayed address, from its socket or out of the overlay.
  TurnVerdict on_peer_datagram(const overlay::Endpoint& relayed, const overlay::Endpoint& peer,
                               overlay::PacketBuffer& payload, overlay::Instant now,
                               overlay::TrafficClass traffic_class = 0);

  // An ICMP error for a datagram from a relayed address. If the client has a permission for that peer, `out`
  // receives a Data indication for it (RFC 8656 section 11.5).
  TurnVerdict on_peer_unreachable(const overlay::IcmpError& error, overlay::PacketBuffer& out,
                                  overlay::Instant now);

  // ---- TCP allocations (tcp_relay.h) ----

  // The peer of a Connect has answered, or cannot be reached: `out` receives the answer for the client.
  TurnVerdict on_peer_connected(ConnectionId id, overlay::PacketBuffer& out, overlay::Instant now);
  TurnVerdict on_peer_failed(ConnectionId id, overlay::PacketBuffer& out, overlay::Instant now);
  // A peer connected to a relayed address: with kToClient `out` holds the message for its client, and the
  // connection has this id from now on. With kDrop the caller closes the connection.
  using Attempt = TcpRelay::Attempt;
  Attempt on_peer_attempt(const overlay::Endpoint& relayed, const overlay::Endpoint& peer,
                          overlay::PacketBuffer& out, overlay::Instant now);
  // Peer or client ended a bound connection, or the peer ended a pending one.
  void on_peer_closed(ConnectionId id) { tcp_.on_closed(id); }
  // Bytes that a bound connection carried.
  void on_peer_bytes(ConnectionId id, std::size_t to_peer, std::size_t to_client) {
    tcp_.on_bytes(id, to_peer, to_client);
  }
  // The answer to an overdue Connect. Call after on_timer() until it returns nullopt.
  std::optional<TurnVerdict> poll_overdue_connect(overlay::PacketBuffer& out, overlay::Instant now);
  [[nodiscard]] std::size_t peer_connection_count() const { return tcp_.connection_count(); }
  // Allocations outlive a configuration that no longer enables TCP.
  [[nodiscard]] bool serves_tcp() const { return tcp_.has_served(); }

  // Counts traffic that used a shortcut.
  void add_traffic(const FiveTuple& client, const FlowTraffic& traffic);

  // The client's connection (TCP, TLS, DTLS) ended: its allocation goes with it.
  void on_client_closed(const FiveTuple& client) { end(client, AllocationEnd::kConnectionClosed); }

  // Called with each allocation that ends, before it goes.
  using EndObserver = std::function<void(const Allocation&, AllocationEnd)>;
  void observe_ends(EndObserver observer) { end_observer_ = std::move(observer); }

  // A request that got an error response. `reason` points into the request or to a constant.
  struct RefusedRequest {
    FiveTuple client;
    StunMethod method{};
    int code = 0;
    std::string_view reason;
  };
  // Called with at most kRefusalsPerSecond refused requests a second. The rest is counted by code only.
  static constexpr std::uint64_t kRefusalsPerSecond = 10;
  using RefusalObserver = std::function<void(const RefusedRequest&)>;
  void observe_refusals(RefusalObserver observer) { refusal_observer_ = std::move(observer); }

  // Refused logins, which are among the refused requests, with their faults.
  [[nodiscard]] RefusedLogins& refused_logins() { return refused_logins_; }
  [[nodiscard]] const RefusedLogins& refused_logins() const { return refused_logins_; }

  void on_timer(overlay::Instant now);
  [[nodiscard]] overlay::Instant next_timeout() const;

  // Whether this node relays from the address: what clients send there is for allocations.
  [[nodiscard]] bool relays_from(const overlay::IpAddress& address) const {
    return config_.peer_policy.is_relayed(address);
  }
  // Whether that peer is an address of the host that no rule names.
  [[nodiscard]] bool is_closed_host(const overlay::IpAddress& peer) const {
    return config_.peer_policy.is_closed_host(peer);
  }
  // Whether a rule of the operator allows that peer.
  [[nodiscard]] bool names_peer(const overlay::IpAddress& peer) const {
    return config_.peer_policy.names(peer);
  }

  [[nodiscard]] bool has_allocation(const FiveTuple& client) const {
    return allocations_.find(client) != nullptr;
  }
  [[nodiscard]] std::size_t allocation_count() const { return allocations_.size(); }
  [[nodiscard]] std::size_t max_allocations() const { return config_.max_allocations; }
  [[nodiscard]] bool owns(const overlay::Endpoint& relayed) const {
    return allocations_.find_relayed(relayed) != nullptr || addresses_.shared().owns(relayed);
  }
  // Calls visit(const Allocation&) for each allocation. The allocation that expires first comes first.
  template <typename Visit>
  void for_each_allocation(Visit visit) const {
    allocations_.for_each(visit);
  }
  [[nodiscard]] std::uint64_t dropped(TurnDrop reason) const {
    return drops_[static_cast<std::size_t>(reason)];
  }
  // Error responses so far.
  [[nodiscard]] const std::map<int, std::uint64_t>& errors_by_code() const { return errors_by_code_; }

 private:
  using Request = TurnRequest;
  using Failure = TurnFailure;

  // ---- turn_server.cpp: data, Binding, and the end of allocations ----
  TurnVerdict drop(TurnDrop reason);
  // Counts the drop of a verdict.
  TurnVerdict counted(TurnVerdict verdict);
  TurnVerdict on_channel_data(const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer,
                              overlay::Instant now);
  [[nodiscard]] std::optional<Shortcut> shortcut(const Allocation& allocation,
                                                 const ChannelBinding& binding) const;
  TurnVerdict on_send_indication(const StunReader& message, const overlay::DatagramMeta& meta,
                                 overlay::PacketBuffer& buffer, overlay::Instant now);
  TurnVerdict on_binding(const StunReader& message, const overlay::DatagramMeta& meta,
                         overlay::PacketBuffer& buffer, overlay::Instant now);
  // The live allocation of a client, or nullptr. Removes an expired allocation first.
  [[nodiscard]] Allocation* find(const FiveTuple& client, overlay::Instant now);
  // The live allocation that a peer's datagram is for.
  [[nodiscard]] overlay::Result<Allocation*, TurnDrop> find_receiver(const overlay::Endpoint& relayed,
                                                                     const overlay::Endpoint& peer,
                                                                     overlay::Instant now);
  // Closed addresses of the host may have changed.
  void on_host_change();
  // Each allocation follows such a change before it is used again, so that no change has to visit all.
  void follow_host_changes(Allocation& allocation) const;
  // Removes permissions, channels and connections of peers that are forbidden now.
  void forbid_peers(Allocation& allocation);
  void end(const FiveTuple& client, AllocationEnd reason);
  void end(Allocation& allocation, AllocationEnd reason);
  // Gives up one of two relayed addresses.
  void release_relayed(Allocation& allocation, overlay::AddressFamily family);
  // Removes the expired relayed addresses. Returns nullptr when the allocation ended with the last one.
  Allocation* expire(Allocation& allocation, overlay::Instant now);

  // ---- turn_requests.cpp: authenticated requests and their answers ----
  TurnVerdict on_request(const StunReader& message, const overlay::DatagramMeta& meta,
                         overlay::PacketBuffer& buffer, overlay::Instant now, overlay::UnixSeconds wall);
  // `own` is the allocation of the client's 5-tuple, or nullptr.
  [[nodiscard]] TurnStatus authenticate(Request& request, const Allocation* own);
  // A client with an allocation has proven that it receives at its address.
  [[nodiscard]] bool may_answer_unproven(const Request& request, const Allocation* own);
  [[nodiscard]] bool discovers_nat(const StunReader& message, const overlay::DatagramMeta& meta) const;
  [[nodiscard]] TurnStatus check_attributes(const StunReader& message,
                                            const overlay::DatagramMeta& meta) const;
  // The answers are in `out`; empty: the server does not answer, or not yet.
  [[nodiscard]] overlay::Bytes answer(Request& request, overlay::MutableBytes out);
  [[nodiscard]] overlay::Bytes answer_about_allocation(Request& request, Allocation* own,
                                                       overlay::MutableBytes out);
  [[nodiscard]] overlay::Bytes answer_allocate(const Request& request, const Allocation& allocation,
                                               overlay::MutableBytes out);
  [[nodiscard]] overlay::Bytes answer_refresh(const Request& request, Allocation& allocation,
                                              overlay::MutableBytes out);
  [[nodiscard]] overlay::Bytes answer_plain(const Request& request, overlay::MutableBytes out);
  [[nodiscard]] overlay::Bytes answer_failure(const Request& request, const Failure& failure,
                                              overlay::MutableBytes out);
  // The new allocation, or the one that the same request made before. `own` as above.
  [[nodiscard]] overlay::Result<Allocation*, Failure> allocate(const Request& request, Allocation* own);
  [[nodiscard]] overlay::Duration lifetime_of(const StunReader& message) const;
  [[nodiscard]] TurnStatus apply(Request& request, Allocation& allocation);
  // The granted lifetime. 0: the allocation, or one of its addresses, has ended.
  [[nodiscard]] overlay::Result<overlay::Duration, Failure> refresh(const Request& request,
                                                                    Allocation& allocation);
  [[nodiscard]] TurnStatus create_permission(const Request& request, Allocation& allocation);
  [[nodiscard]] TurnStatus bind_channel(const Request& request, Allocation& allocation);
  [[nodiscard]] TurnStatus connect(Request& request, Allocation& allocation);
  [[nodiscard]] TurnStatus check_peer(const Allocation& allocation,
                                      const std::optional<overlay::Endpoint>& peer) const;
  [[nodiscard]] bool is_unnamed_beside_us(const overlay::Endpoint& peer) const;
  [[nodiscard]] bool may_add_peers(Allocation& allocation, std::span<const overlay::IpAddress> peers,
                                   overlay::Instant now);
  // The allocation that a Refresh with a ticket moves from another 5-tuple (RFC 8016), or nullptr.
  [[nodiscard]] Allocation* find_by_ticket(const Request& request);
  // The allocation of the request: `own`, or one that a ticket has moved to this 5-tuple. nullptr without
  // one.
  [[nodiscard]] overlay::Result<Allocation*, Failure> move_here(const Request& request, Allocation* own);
  void give_ticket(Allocation& allocation);

  TurnServerConfig config_;
  std::optional<Drain> drain_;
  overlay::Random& random_;
  std::shared_ptr<const HostAddressList> host_addresses_;
  std::uint32_t host_changes_ = 0;
  Admission admission_;  // outlives the allocations, which hold its quotas
  AllocationTable allocations_;
  TcpRelay tcp_;
  RelayedAddresses addresses_;
  AlternateServers alternates_;
  Authenticator authenticator_;
  NatDiscovery discovery_;
  MobilityTickets tickets_;
  std::array<std::uint64_t, static_cast<std::size_t>(TurnDrop::kCount)> drops_{};
  EndObserver end_observer_;
  RefusalObserver refusal_observer_;
  Rate refusal_rate_{RateLimit{.per_second = kRefusalsPerSecond, .burst = kRefusalsPerSecond}};
  TokenBucket refusals_;
  RefusedLogins refused_logins_;
  std::map<int, std::uint64_t> errors_by_code_;  // few codes exist
  std::uint64_t last_number_ = 0;                // of an allocation
};

}  // namespace relay
