#include "relay/data_plane/data_plane.h"

#include <algorithm>
#include <utility>

#include "relay/messages/overloaded.h"

namespace relay {
namespace {

// Both queues are drained after each input; their bounds only catch a shell that does not.
constexpr std::size_t kMaxMessages = 8192;
constexpr std::size_t kMaxHandoffs = 4096;

overlay::ByteVector copy_of(overlay::Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace

DataPlane::DataPlane(DataPlaneConfig config, overlay::PacketIo& io, overlay::Random& random,
                     PeerStreams* peer_streams)
    : config_(std::move(config)),
      io_(config_.address_mappings.empty() ? io : translated_io_.emplace(io, config_.address_mappings)),
      overlay_(config_.overlay, io_),
      overlay_ports_(config_.overlay_listen),
      turn_listeners_(config_.turn_listen),
      flow_salt_(random.u64()),
      usage_(config_.usage_interval),
      fast_path_flows_({.self = config_.overlay.self,
                        .overlay = overlay_,
                        .translation = translated_io_,
                        .turn = turn_,
                        .counters = relay_}) {
  if (peer_streams != nullptr && translated_io_)
    peer_streams = &translated_streams_.emplace(*peer_streams, config_.address_mappings);
  if (!config_.overlay_listen.empty()) handshake_gate_.emplace(config_.exchange_key, random);
  if (config_.turn) {
    turn_.emplace(*config_.turn, io_, random, peer_streams);
    relay_port_min_ = config_.turn->relay_port_min;
    relay_port_max_ = config_.turn->relay_port_max;
    if (config_.guests) handover_.emplace(config_.core, config_.cores, config_.guests, *turn_);
    turn_->observe_ends([this](const Allocation& allocation, AllocationEnd end) {
      fast_path_flows_.leave(allocation.five_tuple, now_);
      if (handover_) handover_->forget(allocation.five_tuple);
      usage_.add_ended(allocation, end, now_);
    });
  }
}

// ---- datagrams ----

void DataPlane::on_datagram(const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer,
                            overlay::Instant now) {
  now_ = now;
  const bool is_udp = meta.transport == overlay::Transport::kUdp;
  if (is_udp && overlay_ports_.contains(meta.local)) return on_overlay_datagram(meta, buffer, now);
  if (!turn_) {
    ++relay_.unserved;
    return;
  }
  if (!is_udp || turn_listeners_.contain(meta.local)) return on_client_datagram(meta, buffer, now);
  ++relay_.relay_in;
  to_allocation(
      {.relayed = shown_address(meta.local), .peer = meta.source, .traffic_class = meta.traffic_class},
      buffer, now);
}

void DataPlane::on_overlay_datagram(const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer,
                                    overlay::Instant now) {
  const overlay::Bytes bytes = std::as_const(buffer).bytes();
  if (!bytes.empty() && bytes.front() != overlay::kLinkFrameType) return on_handshake(meta, bytes, now);

  using Kind = overlay::OverlayPlane::Arrival::Kind;
  const auto arrival = overlay_.on_frame(meta.source, buffer, now);
  if (arrival.kind == Kind::kControl)
    return post(ControlReceived{.neighbor = arrival.from, .payload = copy_of(std::as_const(buffer).bytes())});
  if (arrival.kind != Kind::kMedia) return;
  ++relay_.from_overlay;
  const overlay::InnerHeader& inner = arrival.inner;
  to_allocation({.relayed = inner.destination, .peer = inner.source, .traffic_class = inner.traffic_class},
                buffer, now);
}

void DataPlane::on_handshake(const overlay::DatagramMeta& meta, overlay::Bytes datagram,
                             overlay::Instant now) {
  const auto decision = handshake_gate_->judge(meta.source, datagram, now);
  if (decision.passes)
    return post(HandshakeReceived{.from = meta.source, .local = meta.local, .bytes = copy_of(datagram)});
  if (decision.cookie.empty()) return;
  overlay::PacketBuffer& buffer = io_.acquire();
  if (fill(buffer, decision.cookie)) io_.send({.source = meta.local, .destination = meta.source}, buffer);
}

void DataPlane::send_handshake(const SendHandshake& message, overlay::Instant now) {
  overlay::PacketBuffer& buffer = io_.acquire();
  if (!fill(buffer, message.bytes)) return;
  if (handshake_gate_) handshake_gate_->note_sent(message.bytes, now);
  io_.send({.source = message.local, .destination = message.remote}, buffer);
}

void DataPlane::on_client_datagram(const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer,
                                   overlay::Instant now) {
  ++relay_.client_in;
  relay_.from_clients[static_cast<std::size_t>(meta.transport)].count(buffer.size());
  if (handover_) {
    const overlay::Bytes datagram = std::as_const(buffer).bytes();
    if (const auto host = handover_->find_host(meta, datagram)) {
      if (handover_->may_hand_over(five_tuple_of(meta), now))
        return hand_off(*host, ClientDatagram{config_.core, meta, copy_of(datagram)});
      ++relay_.handoffs_lost;
      return;
    }
  }
  serve_client(meta, buffer, now);
}

void DataPlane::serve_client(const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer,
                             overlay::Instant now) {
  if (is_closed_to(meta)) {
    ++relay_.dropped;
    ++relay_.closed_listener;
    return;
  }
  const TurnVerdict verdict = turn_->on_client_datagram(meta, buffer, now, wall_clock_);
  switch (verdict.action) {
    case TurnAction::kReplyToClient:
      ++relay_.replies;
      return send_to_client(verdict.route, buffer);
    case TurnAction::kToPeer:
      if (verdict.shortcut && fast_path_flows_.is_attached()) fast_path_flows_.enter(meta, verdict, now);
      return to_peer(verdict.route, buffer, now);
    case TurnAction::kReplyLater:
      return;
    case TurnAction::kToClient:
    case TurnAction::kDrop:
      ++relay_.dropped;
      return;
  }
}

// Serves a client whose datagrams arrive at another data plane (client_handover.h).
void DataPlane::serve_guest(const ClientDatagram& handed, overlay::Instant now) {
  overlay::PacketBuffer& buffer = io_.acquire();
  if (!handover_) {
    ++relay_.unserved;
    return;
  }
  if (!fill(buffer, handed.bytes)) return;
  handover_->serve(five_tuple_of(handed.meta), handed.from);
  serve_client(handed.meta, buffer, now);
  handover_->note_served(handed.bytes);
}

// From an allocation's relayed address (route.source) to a peer (route.destination).
void DataPlane::to_peer(const overlay::DatagramRoute& route, overlay::PacketBuffer& payload,
                        overlay::Instant now) {
  relay_.to_peers.count(payload.size());
  const PeerRoute peer = turn_ && turn_->relays_from(route.destination.address)
                             ? PeerRoute{.via = PeerVia::kHairpin}
                             : route_to_peer(config_.overlay.self, route.destination, overlay_.forwarding());
  switch (peer.via) {
    case PeerVia::kHairpin:
      if (is_named_beside_us(route.destination)) {
        ++relay_.to_internet;
        return io_.send(route, payload);
      }
      ++relay_.hairpinned;
      return to_allocation(
          {.relayed = route.destination, .peer = route.source, .traffic_class = route.traffic_class}, payload,
          now);
    case PeerVia::kOverlay:
      return to_overlay(
          peer.egress,
          {.source = route.source, .destination = route.destination, .traffic_class = route.traffic_class},
          payload, now);
    case PeerVia::kInternet:
      ++relay_.to_internet;
      if (peer.last_resort) ++relay_.last_resort;
      return io_.send(route, payload);
  }
}

bool DataPlane::is_named_beside_us(const overlay::Endpoint& peer) const {
  if (!turn_ || !turn_->names_peer(peer.address)) return false;
  const bool may_be_relayed = peer.port >= relay_port_min_ && peer.port <= relay_port_max_;
  const overlay::Endpoint local = translated_io_ ? translated_io_->local(peer) : peer;
  return !may_be_relayed && !turn_listeners_.contain(local) && !overlay_ports_.contains(local);
}

void DataPlane::to_overlay(overlay::NodeId egress, const overlay::InnerHeader& inner,
                           overlay::PacketBuffer& payload, overlay::Instant now) {
  if (config_.core != 0)
    return hand_off(0, MediaForOverlay{egress, inner, copy_of(std::as_const(payload).bytes())});
  const auto sent = overlay_.send_media(egress, flow_label(inner.source, inner.destination, flow_salt_),
                                        inner, payload, now);
  if (sent) {
    ++relay_.to_overlay;
    return;
  }
  const bool untouched =
      sent.error() == overlay::DropReason::kNoRoute || sent.error() == overlay::DropReason::kNoLink;
  if (!untouched) {
    ++relay_.dropped;
    return;
  }
  ++relay_.to_internet;
  ++relay_.last_resort;
  io_.send({.source = inner.source, .destination = inner.destination, .traffic_class = inner.traffic_class},
           payload);
}

void DataPlane::to_allocation(const PeerLeg& leg, overlay::PacketBuffer& payload, overlay::Instant now) {
  const std::size_t owner = core_of(leg.relayed);
  if (owner != config_.core)
    return hand_off(owner, MediaForAllocation{leg, copy_of(std::as_const(payload).bytes())});
  relay_.from_peers.count(payload.size());
  const auto verdict =
      turn_ ? turn_->on_peer_datagram(leg.relayed, leg.peer, payload, now, leg.traffic_class) : TurnVerdict{};
  if (verdict.action != TurnAction::kToClient) {
    ++relay_.dropped;
    return;
  }
  ++relay_.to_client;
  send_to_client(verdict.route, payload);
}

void DataPlane::on_client_closed(const FiveTuple& client, overlay::Instant now) {
  now_ = now;
  if (!turn_) return;
  turn_->on_client_closed(client);
  if (const auto host = handover_ ? handover_->host_of(client) : std::nullopt)
    hand_off(*host, ClientClosed{client});
}

void DataPlane::on_icmp_error(const overlay::IcmpError& error, overlay::Instant now) {
  now_ = now;
  if (!turn_) return;
  overlay::PacketBuffer& buffer = io_.acquire();
  overlay::IcmpError shown = error;
  shown.local = shown_address(error.local);
  const TurnVerdict verdict = turn_->on_peer_unreachable(shown, buffer, now);
  if (verdict.action != TurnAction::kToClient) return;
  ++relay_.to_client;
  send_to_client(verdict.route, buffer);
}

// ---- TCP allocations ----

void DataPlane::send_answer(const TurnVerdict& verdict, const overlay::PacketBuffer& buffer) {
  if (verdict.action == TurnAction::kDrop) return;
  ++relay_.replies;
  send_to_client(verdict.route, buffer);
}

void DataPlane::on_peer_connected(ConnectionId id, overlay::Instant now) {
  now_ = now;
  overlay::PacketBuffer& buffer = io_.acquire();
  send_answer(turn_->on_peer_connected(id, buffer, now), buffer);
}

void DataPlane::on_peer_failed(ConnectionId id, overlay::Instant now) {
  now_ = now;
  overlay::PacketBuffer& buffer = io_.acquire();
  send_answer(turn_->on_peer_failed(id, buffer, now), buffer);
}

std::optional<ConnectionId> DataPlane::on_peer_attempt(const overlay::Endpoint& relayed,
                                                       const overlay::Endpoint& peer, overlay::Instant now) {
  now_ = now;
  overlay::PacketBuffer& buffer = io_.acquire();
  const auto attempt = turn_->on_peer_attempt(shown_address(relayed), peer, buffer, now);
  if (attempt.verdict.action == TurnAction::kDrop) return std::nullopt;
  send_to_client(attempt.verdict.route, buffer);
  return attempt.id;
}

void DataPlane::send_to_client(const overlay::DatagramRoute& route, const overlay::PacketBuffer& buffer) {
  relay_.to_clients[static_cast<std::size_t>(route.transport)].count(buffer.size());
  if (handover_ && route.transport == overlay::Transport::kDtls)
    if (const auto core = handover_->way_back(five_tuple_of(route)))
      return hand_off(*core, AnswerToClient{route, copy_of(buffer.bytes())});
  io_.send(route, buffer);
}

std::size_t DataPlane::core_of(const overlay::Endpoint& relayed) const {
  return relayed.port / 2 % config_.cores;
}

void DataPlane::hand_off(std::size_t core, ToDataPlane message) {
  if (handoffs_.size() >= kMaxHandoffs) {
    ++relay_.handoffs_lost;
    return;
  }
  handoffs_.push_back({.core = core, .message = std::move(message)});
}

// ---- messages and time ----

void DataPlane::on_message(ToDataPlane&& message, overlay::Instant now) {
  now_ = now;
  std::visit(Overloaded{
                 [](std::monostate) {},
                 [&](const InstallSession& m) {
                   overlay_.install_session(m.neighbor, m.local, m.remote, m.session, now);
                 },
                 [&](const RemoveLink& m) { overlay_.remove_link(m.neighbor); },
                 [&](const SendHandshake& m) { send_handshake(m, now); },
                 [&](const SendControl& m) { (void)overlay_.send_control(m.neighbor, m.payload, now); },
                 [&](const InstallForwarding& m) {
                   overlay_.set_forwarding(m.table, m.keyring);
                   fast_path_flows_.leave_if_rerouted(now);
                 },
                 [&](const ListAllocations& m) { list(m, now); },
                 [&](const HostAddressesChanged& m) { set_host_addresses(m, now); },
                 [&](const WithdrawRelayed& m) {
                   if (turn_) turn_->withdraw_relayed(m.address);
                 },
                 [&](const ReconfigureTurn& m) { reconfigure(m, now); },
                 [&](const CloseListener& m) { close_listener(m.listener); },
                 [&](const DrainTurn& m) { drain(m, now); },
                 [](const AdoptStream&) {},
                 [&](const MediaForAllocation& m) {
                   overlay::PacketBuffer& buffer = io_.acquire();
                   if (fill(buffer, m.payload)) to_allocation(m.leg, buffer, now);
                 },
                 [&](const ClientDatagram& m) { serve_guest(m, now); },
                 [&](const AnswerToClient& m) {
                   overlay::PacketBuffer& buffer = io_.acquire();
                   if (fill(buffer, m.bytes)) io_.send(m.route, buffer);
                 },
                 [&](const ClientClosed& m) {
                   if (turn_) turn_->on_client_closed(m.client);
                   close_connection(m.client);
                 },
                 [&](const MediaForOverlay& m) {
                   overlay::PacketBuffer& buffer = io_.acquire();
                   if (fill(buffer, m.payload)) to_overlay(m.egress, m.inner, buffer, now);
                 },
             },
             message);
}

void DataPlane::on_timer(overlay::Instant now) {
  now_ = now;
  overlay_.on_timer(now);
  if (turn_) on_turn_timer(now);
  if (now >= end_connections_at_) {
    end_connections_at_ = overlay::kNever;
    for (const FiveTuple& client : turn_->connected_clients())
      due_clients_.add(client, {.task = DueClients::Task::kEnd, .end = AllocationEnd::kDrained});
  }
  serve_due_clients(now);
  if (now >= next_measure_) report_links(now);
  if (now >= next_report_) report(now);
}

void DataPlane::on_turn_timer(overlay::Instant now) {
  turn_->on_timer(now);
  if (!turn_->serves_tcp()) return;
  overlay::PacketBuffer& buffer = io_.acquire();
  while (const auto overdue = turn_->poll_overdue_connect(buffer, now))
    send_answer(*overdue, buffer);
}

overlay::Instant DataPlane::next_timeout() const {
  if (!due_clients_.empty()) return now_;
  const overlay::Instant turn = turn_ ? turn_->next_timeout() : overlay::kNever;
  return std::min({overlay_.next_timeout(), turn, next_measure_, next_report_, end_connections_at_});
}

void DataPlane::post(ToControlPlane message) {
  if (messages_.size() < kMaxMessages)
    messages_.push_back(std::move(message));
  else
    ++relay_.messages_lost;
}

bool DataPlane::fill(overlay::PacketBuffer& buffer, overlay::Bytes bytes) {
  if (buffer.assign(bytes)) return true;
  ++relay_.oversized;
  return false;
}

std::optional<ToControlPlane> DataPlane::poll_message() {
  if (messages_.empty()) {
    const auto event = overlay_.poll_event();
    if (!event) return std::nullopt;
    return *event;
  }
  ToControlPlane message = std::move(messages_.front());
  messages_.pop_front();
  return message;
}

std::optional<Handoff> DataPlane::poll_handoff() {
  if (handoffs_.empty()) return std::nullopt;
  Handoff handoff = std::move(handoffs_.front());
  handoffs_.pop_front();
  return handoff;
}

}  // namespace relay
