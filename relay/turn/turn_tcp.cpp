// TCP allocations of TurnServer (RFC 6062 section 5).
#include <utility>

#include "relay/turn/turn_server.h"

namespace relay {
namespace {

constexpr std::size_t kMaxMessage = 512;

constexpr TurnFailure kConnectionExists{446, "Connection Already Exists"};
constexpr TurnFailure kConnectionFailed{447, "Connection Timeout or Failure"};

TurnVerdict verdict_for(TurnAction action, const FiveTuple& client) {
  return {.action = action, .route = route_to_client(client), .reason = TurnDrop::kNone};
}

}  // namespace

void TurnServer::limit_connections() {
  has_served_tcp_ = has_served_tcp_ || config_.tcp_relay.is_enabled;
  connections_.set_limits(config_.tcp_relay);
  connections_.set_share(config_.port_stride, config_.port_offset);
}

// ---- the allocation ----

TcpRelayTerms TurnServer::tcp_terms(const Request& request) const {
  return {.is_enabled = config_.tcp_relay.is_enabled, .is_on_stream = is_stream(request.meta.transport)};
}

std::optional<overlay::Endpoint> TurnServer::open_tcp(const overlay::IpAddress& address) {
  return ports_.open_elsewhere(
      address, [&](const overlay::Endpoint& relayed) { return peer_streams_->listen(relayed); });
}

// Section 5.5: with the allocation all its connections end.
void TurnServer::close_tcp(const Allocation& allocation) {
  peer_streams_->close_listener(allocation.relayed);
  for (const ConnectionId id : connections_.of(allocation.relayed)) {
    connections_.erase(id);
    peer_streams_->close(id);
  }
}

Allocation* TurnServer::find_tcp(const overlay::Endpoint& relayed, overlay::Instant now) {
  const auto found = tcp_allocations_by_relayed_.find(relayed);
  if (found == tcp_allocations_by_relayed_.end()) return nullptr;
  return find(FiveTuple(found->second->five_tuple), now);
}

// ---- Connect: section 5.2 ----

// Needs no permission: the request itself says that the client wants this peer. It counts as a new one unless
// there is one.
std::optional<TurnServer::Failure> TurnServer::connect(Request& request, Allocation& allocation) {
  if (!allocation.relays_tcp) return Failure{437, "Allocation Mismatch"};
  const auto peer = request.message.find_xor_address(StunAttribute::kXorPeerAddress);
  if (const auto failure = check_peer(allocation, peer)) return failure;
  if (peer->port == 0) return Failure{400, "a connection needs the port of its peer"};
  if (config_.peer_policy.is_control(*peer) || is_unnamed_beside_us(*peer)) return kForbidden;
  if (connections_.exists(allocation.relayed, *peer)) return kConnectionExists;
  if (!may_add_peers(allocation, {&peer->address, 1}, request.now)) return kInsufficientCapacity;
  const auto id = connections_.add({.relayed = allocation.relayed,
                                    .peer = *peer,
                                    .state = PeerConnection::State::kConnecting,
                                    .deadline = request.now + PeerConnections::kTimeLimit,
                                    .answer = late_answer_to(request)});
  if (!id) return kInsufficientCapacity;
  if (!peer_streams_->connect(*id, allocation.relayed, *peer)) {
    connections_.erase(*id);
    return kConnectionFailed;
  }
  request.is_answered_later = true;
  return std::nullopt;
}

// At our relayed addresses there are other allocations; the other ports are those of other programs, between
// which and us no firewall looks: they are peers only where a rule of the operator names them.
bool TurnServer::is_unnamed_beside_us(const overlay::Endpoint& peer) const {
  const bool is_relayed = relay_address(peer.address.family()) == peer.address;
  const bool may_be_allocation = peer.port >= config_.relay_port_min && peer.port <= config_.relay_port_max;
  return is_relayed && !may_be_allocation && !names_peer(peer.address);
}

TurnVerdict TurnServer::on_peer_connected(ConnectionId id, overlay::PacketBuffer& out, overlay::Instant now) {
  const PeerConnection* const connection = connections_.find(id);
  if (connection == nullptr || connection->state != PeerConnection::State::kConnecting)
    return drop(TurnDrop::kUnexpected);
  const Allocation* const allocation = find_tcp(connection->relayed, now);
  if (allocation == nullptr) return drop(TurnDrop::kNoAllocation);
  overlay::ByteArray<kMaxMessage> storage;
  StunWriter writer(storage, {StunMethod::kConnect, StunClass::kSuccess}, connection->answer.transaction);
  writer.add_u32(StunAttribute::kConnectionId, id.value);
  finish_answer(writer, connection->answer, config_.software);
  CHECK(writer.ok() && out.assign(writer.written()));
  connections_.set_pending(id, now + PeerConnections::kTimeLimit);
  return verdict_for(TurnAction::kReplyToClient, allocation->five_tuple);
}

TurnVerdict TurnServer::on_peer_failed(ConnectionId id, overlay::PacketBuffer& out, overlay::Instant now) {
  const PeerConnection* const connection = connections_.find(id);
  if (connection == nullptr || connection->state != PeerConnection::State::kConnecting)
    return drop(TurnDrop::kUnexpected);
  return fail_connect(id, out, now);
}

TurnVerdict TurnServer::fail_connect(ConnectionId id, overlay::PacketBuffer& out, overlay::Instant now) {
  const PeerConnection connection = *connections_.find(id);
  connections_.erase(id);
  const Allocation* const allocation = find_tcp(connection.relayed, now);
  if (allocation == nullptr) return drop(TurnDrop::kNoAllocation);
  overlay::ByteArray<kMaxMessage> storage;
  StunWriter writer(storage, {StunMethod::kConnect, StunClass::kError}, connection.answer.transaction);
  writer.add_error(kConnectionFailed.code, kConnectionFailed.reason);
  ++errors_by_code_[kConnectionFailed.code];
  finish_answer(writer, connection.answer, config_.software);
  CHECK(writer.ok() && out.assign(writer.written()));
  return verdict_for(TurnAction::kReplyToClient, allocation->five_tuple);
}

// ---- an incoming connection: section 5.3 ----

TurnServer::Attempt TurnServer::on_peer_attempt(const overlay::Endpoint& relayed,
                                                const overlay::Endpoint& peer, overlay::PacketBuffer& out,
                                                overlay::Instant now) {
  const Allocation* const allocation = find_tcp(relayed, now);
  if (allocation == nullptr) return {drop(TurnDrop::kNoAllocation), {}};
  if (!allocation->has_permission(peer.address, now) || !config_.peer_policy.allows(peer.address))
    return {drop(TurnDrop::kNoPermission), {}};
  const auto id = connections_.add({.relayed = relayed,
                                    .peer = peer,
                                    .state = PeerConnection::State::kPending,
                                    .deadline = now + PeerConnections::kTimeLimit,
                                    .answer = {}});
  if (!id) return {drop(TurnDrop::kTooManyConnections), {}};
  TransactionId transaction;
  random_.fill(transaction);
  overlay::ByteArray<kMaxMessage> storage;
  StunWriter writer(storage, {StunMethod::kConnectionAttempt, StunClass::kIndication}, transaction);
  writer.add_xor_address(StunAttribute::kXorPeerAddress, peer);
  writer.add_u32(StunAttribute::kConnectionId, id->value);
  CHECK(writer.ok() && out.assign(writer.written()));
  return {verdict_for(TurnAction::kToClient, allocation->five_tuple), *id};
}

// ---- ConnectionBind: section 5.4 ----

std::optional<ConnectionId> TurnServer::connection_id_of(const Request& request) const {
  const auto id = request.message.find_u32(StunAttribute::kConnectionId);
  if (!id) return std::nullopt;
  return ConnectionId{*id};
}

Allocation* TurnServer::find_by_connection(const Request& request) {
  if (request.message.type().method != StunMethod::kConnectionBind) return nullptr;
  const auto id = connection_id_of(request);
  const PeerConnection* const connection = id ? connections_.find(*id) : nullptr;
  return connection != nullptr ? find_tcp(connection->relayed, request.now) : nullptr;
}

overlay::Bytes TurnServer::answer_connection_bind(const Request& request, overlay::MutableBytes out) {
  if (const auto failure = bind_connection(request)) return answer_failure(request, *failure, out);
  return answer_plain(request, out, std::nullopt);
}

std::optional<TurnServer::Failure> TurnServer::bind_connection(const Request& request) {
  const FiveTuple client = five_tuple_of(request.meta);
  if (!is_stream(request.meta.transport)) return Failure{400, "ConnectionBind needs TCP or TLS"};
  if (find(client, request.now) != nullptr) return Failure{400, "this connection has an allocation"};
  const auto id = connection_id_of(request);
  if (!id) return Failure{400, "CONNECTION-ID is missing"};
  const Allocation* const allocation = find_by_connection(request);
  const PeerConnection* const connection = connections_.find(*id);
  if (allocation == nullptr || connection == nullptr || connection->state != PeerConnection::State::kPending)
    return Failure{400, "CONNECTION-ID names no connection that waits"};
  if (allocation->username != request.username) return Failure{441, "Wrong Credentials"};
  connections_.set_bound(*id);
  peer_streams_->bind(*id, client);
  return std::nullopt;
}

// ---- bytes and time ----

void TurnServer::on_peer_bytes(ConnectionId id, std::size_t to_peer, std::size_t to_client) {
  const PeerConnection* const connection = connections_.find(id);
  if (connection == nullptr) return;
  const auto found = tcp_allocations_by_relayed_.find(connection->relayed);
  if (found == tcp_allocations_by_relayed_.end()) return;
  found->second->bytes_to_peer += to_peer;
  found->second->bytes_to_client += to_client;
}

void TurnServer::close_unbound(overlay::Instant now) {
  while (const auto id = connections_.find_overdue(PeerConnection::State::kPending, now)) {
    connections_.erase(*id);
    peer_streams_->close(*id);
  }
}

std::optional<TurnVerdict> TurnServer::poll_overdue_connect(overlay::PacketBuffer& out,
                                                            overlay::Instant now) {
  const auto id = connections_.find_overdue(PeerConnection::State::kConnecting, now);
  if (!id) return std::nullopt;
  peer_streams_->close(*id);
  return fail_connect(*id, out, now);
}

}  // namespace relay
