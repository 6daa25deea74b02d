// One core's share of a node: TURN clients, relayed addresses, and (on the first core) the overlay. A core:
// it is handed datagrams, messages and the time, sends through PacketIo, and leaves messages to be polled.
//
// A packet's way: on_datagram() looks at the local port. TURN listener -> TurnServer -> to_peer(), which
// hairpins, enters the overlay or leaves for the Internet. Relayed address -> TurnServer -> client. Overlay
// port -> OverlayPlane -> to_allocation() when the media ends here.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "overlay/base/packet_io.h"
#include "overlay/base/random.h"
#include "overlay/base/time.h"
#include "overlay/forwarding/overlay_plane.h"
#include "relay/data_plane/client_handover.h"
#include "relay/data_plane/due_clients.h"
#include "relay/data_plane/fast_path_flows.h"
#include "relay/data_plane/handshake_gate.h"
#include "relay/data_plane/listen_ports.h"
#include "relay/data_plane/translated_io.h"
#include "relay/data_plane/turn_listeners.h"
#include "relay/data_plane/usage_collector.h"
#include "relay/fast_path/fast_path.h"
#include "relay/gateway/gateway.h"
#include "relay/messages/plane_messages.h"
#include "relay/turn/turn_server.h"

namespace relay {

struct DataPlaneConfig {
  std::size_t core = 0;
  std::size_t cores = 1;
  overlay::Duration coalescing{};         // for the shell: how long packets may wait to share a wake-up
  overlay::Duration relay_port_linger{};  // for the shell: how long closed relay ports stay bound
  std::vector<overlay::Endpoint> overlay_listen;
  std::vector<overlay::Endpoint> turn_listen;
  overlay::OverlayPlaneConfig overlay;
  overlay::ExchangePublicKey exchange_key;       // of the node, with overlay_listen
  std::optional<TurnServerConfig> turn;          // edges only
  std::vector<AddressMapping> address_mappings;  // of relay addresses behind a NAT
  // Period of usage records for living allocations. nullopt: no usage records.
  std::optional<overlay::Duration> usage_interval;
  std::shared_ptr<GuestClients> guests;  // shared by the data planes of a node; nullptr with one data plane
};

class DataPlane {
 public:
  static constexpr overlay::Duration kReportInterval = std::chrono::seconds(1);

  // Without `peer_streams` there are no TCP allocations. All outlive the data plane.
  DataPlane(DataPlaneConfig config, overlay::PacketIo& io, overlay::Random& random,
            PeerStreams* peer_streams = nullptr);

  void on_datagram(const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer, overlay::Instant now);
  // Has this client an allocation?
  [[nodiscard]] bool is_served(const FiveTuple& client) const {
    return turn_ && (turn_->has_allocation(client) || (handover_ && handover_->is_guest_elsewhere(client)));
  }
  // Whether more is waiting than this thread can take.
  void set_behind(bool is_behind) {
    if (turn_) turn_->set_behind(is_behind);
  }
  // Whether datagrams may be waiting at an overlay port when on_timer() is called: their senders are not
  // silent.
  void set_overlay_unread(bool is_unread) { overlay_.set_unread(is_unread); }
  // The network could not deliver what left a relayed address.
  void on_icmp_error(const overlay::IcmpError& error, overlay::Instant now);
  // A client's connection (TCP, TLS, DTLS) ended.
  void on_client_closed(const FiveTuple& client, overlay::Instant now);
  // Of TCP allocations: what became of connections with peers (turn_server.h).
  void on_peer_connected(ConnectionId id, overlay::Instant now);
  void on_peer_failed(ConnectionId id, overlay::Instant now);
  [[nodiscard]] std::optional<ConnectionId> on_peer_attempt(const overlay::Endpoint& relayed,
                                                            const overlay::Endpoint& peer,
                                                            overlay::Instant now);
  void on_peer_bytes(ConnectionId id, std::size_t to_peer, std::size_t to_client) {
    turn_->on_peer_bytes(id, to_peer, to_client);
  }
  void on_peer_closed(ConnectionId id) { turn_->on_peer_closed(id); }
  // The core to hand a client's connection to, if another one holds what its message names.
  [[nodiscard]] std::optional<std::size_t> find_holder(const FiveTuple& client,
                                                       overlay::Bytes message) const {
    return handover_ ? handover_->find_holder(client, message) : std::nullopt;
  }

  // A node without a TURN server never calls the observer.
  void observe_refusals(TurnServer::RefusalObserver observer) {
    if (turn_) turn_->observe_refusals(std::move(observer));
  }

  void observe_refused_logins(RefusedLogins::Observer observer, RefusedLogins::SummaryObserver summary) {
    if (turn_) turn_->refused_logins().observe(std::move(observer), std::move(summary));
  }

  // How the shell ends a client's connection.
  using CloseClient = std::function<void(const FiveTuple&)>;
  void set_close_client(CloseClient close_client) { close_client_ = std::move(close_client); }

  // From now on flows that leave for the Internet are entered there. Outlives the data plane; once only.
  void set_fast_path(FastPath& fast_path) { fast_path_flows_.attach(fast_path); }
  void on_message(ToDataPlane&& message, overlay::Instant now);
  void on_timer(overlay::Instant now);
  [[nodiscard]] overlay::Instant next_timeout() const;
  void set_wall_clock(const overlay::WallClock& wall_clock) { wall_clock_ = wall_clock; }

  [[nodiscard]] std::size_t core() const { return config_.core; }

  // The usage of every allocation, as if it ended now. Call after the plane has stopped.
  [[nodiscard]] std::vector<UsageRecord> last_usage(overlay::Instant now);

  // Drained after each input.
  [[nodiscard]] std::optional<ToControlPlane> poll_message();
  [[nodiscard]] std::optional<Handoff> poll_handoff();

  [[nodiscard]] const overlay::OverlayCounters& overlay_counters() const { return overlay_.counters(); }
  [[nodiscard]] const RelayCounters& relay_counters() const { return relay_; }
  [[nodiscard]] HandshakeGateCounters handshake_counters() const {
    return handshake_gate_ ? handshake_gate_->counters() : HandshakeGateCounters{};
  }

 private:
  void on_overlay_datagram(const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer,
                           overlay::Instant now);
  void on_handshake(const overlay::DatagramMeta& meta, overlay::Bytes datagram, overlay::Instant now);
  void send_handshake(const SendHandshake& message, overlay::Instant now);
  void on_client_datagram(const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer,
                          overlay::Instant now);
  void serve_client(const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer, overlay::Instant now);
  void serve_guest(const ClientDatagram& handed, overlay::Instant now);
  void to_peer(const overlay::DatagramRoute& route, overlay::PacketBuffer& payload, overlay::Instant now);
  // Whether a peer at one of our relayed addresses is another program of this machine, such as a media
  // server, which the operator has allowed to be reached: firewalls do not look between the two.
  [[nodiscard]] bool is_named_beside_us(const overlay::Endpoint& peer) const;
  void to_overlay(overlay::NodeId egress, const overlay::InnerHeader& inner, overlay::PacketBuffer& payload,
                  overlay::Instant now);
  void to_allocation(const PeerLeg& leg, overlay::PacketBuffer& payload, overlay::Instant now);
  void send_answer(const TurnVerdict& verdict, const overlay::PacketBuffer& buffer);
  void send_to_client(const overlay::DatagramRoute& route, const overlay::PacketBuffer& buffer);
  // A relay port of the host, as clients and peers call it.
  [[nodiscard]] overlay::Endpoint shown_address(const overlay::Endpoint& local) const {
    return translated_io_ ? translated_io_->shown(local) : local;
  }
  [[nodiscard]] std::size_t core_of(const overlay::Endpoint& relayed) const;
  void hand_off(std::size_t core, ToDataPlane message);
  void on_turn_timer(overlay::Instant now);
  // Counts the message as lost when the queue is full.
  void post(ToControlPlane message);
  // Returns false, and counts, when the bytes are longer than a buffer.
  [[nodiscard]] bool fill(overlay::PacketBuffer& buffer, overlay::Bytes bytes);

  // ---- data_plane_control.cpp ----
  void reconfigure(const ReconfigureTurn& message, overlay::Instant now);
  void close_listener(const overlay::Endpoint& listener);
  void drain(const DrainTurn& message, overlay::Instant now);
  // Clients whose allocations end, or whose rights are checked again after a reload. Bounded work in a round.
  void serve_due_clients(overlay::Instant now);
  void set_host_addresses(const HostAddressesChanged& message, overlay::Instant now);
  void end_client(const FiveTuple& client, AllocationEnd reason);
  void add_due(DueClients::Task task);  // for each allocation
  // Returns why the allocation must end; nullopt if it may go on.
  [[nodiscard]] std::optional<AllocationEnd> check_again(const FiveTuple& client, const DueClients::Due& due);
  void close_connection(const FiveTuple& client);
  // A removed listener serves only clients that have an allocation.
  [[nodiscard]] bool is_closed_to(const overlay::DatagramMeta& meta) const;
  [[nodiscard]] std::vector<overlay::Endpoint> retired_in_use() const;
  [[nodiscard]] std::vector<overlay::Endpoint> retired_addresses_in_use() const;
  void report_links(overlay::Instant now);
  void report(overlay::Instant now);
  void list(const ListAllocations& asked, overlay::Instant now);
  // nullptr on a node that serves no clients.
  [[nodiscard]] const TurnServer* turn_server() const { return turn_ ? &*turn_ : nullptr; }

  DataPlaneConfig config_;
  std::optional<TranslatedIo> translated_io_;
  std::optional<TranslatedPeerStreams> translated_streams_;
  overlay::PacketIo& io_;
  overlay::OverlayPlane overlay_;
  std::optional<TurnServer> turn_;
  std::optional<ClientHandover> handover_;
  ListenPorts overlay_ports_;
  TurnListeners turn_listeners_;
  std::vector<overlay::Endpoint> retired_addresses_;  // of ReconfigureTurn
  // Where allocations may have their ports: those of every configuration since the start.
  std::uint16_t relay_port_min_ = 0;
  std::uint16_t relay_port_max_ = 0;
  std::uint64_t turn_generation_ = 0;
  CloseClient close_client_;
  overlay::Instant end_connections_at_ = overlay::kNever;
  DueClients due_clients_;
  overlay::WallClock wall_clock_;
  std::uint64_t flow_salt_;
  std::deque<ToControlPlane> messages_;
  std::deque<Handoff> handoffs_;
  overlay::Instant next_measure_{};
  overlay::Instant next_report_{};
  overlay::Instant now_{};  // of the last input: an allocation may end with any
  UsageCollector usage_;
  std::optional<HandshakeGate> handshake_gate_;  // with overlay ports
  RelayCounters relay_;
  FastPathFlows fast_path_flows_;
  std::uint64_t reported_packets_ = 0;
};

}  // namespace relay
