#include "relay/turn/tcp_relay.h"

#include "overlay/base/check.h"
#include "relay/stun/stun_writer.h"

namespace relay {
namespace {

constexpr std::size_t kMaxMessage = 512;

TurnVerdict verdict_for(TurnAction action, const FiveTuple& client) {
  return {.action = action, .route = route_to_client(client), .reason = TurnDrop::kNone};
}

TurnVerdict dropped(TurnDrop reason) {
  return {.action = TurnAction::kDrop, .route = {}, .reason = reason};
}

std::optional<ConnectionId> connection_id_of(const TurnRequest& request) {
  const auto id = request.message.find_u32(StunAttribute::kConnectionId);
  if (!id) return std::nullopt;
  return ConnectionId{*id};
}

}  // namespace

TcpRelay::TcpRelay(const TurnServerConfig& config, const AllocationTable& allocations,
                   overlay::Random& random, PeerStreams* streams)
    : config_(config),
      allocations_(allocations),
      random_(random),
      streams_(streams),
      ports_(config.tcp_relay_ports ? config.tcp_relay_ports : std::make_shared<TcpRelayPorts>()),
      connections_(random) {
  reconfigure();
}

void TcpRelay::reconfigure() {
  CHECK(streams_ != nullptr || !config_.tcp_relay.is_enabled);
  has_served_ = has_served_ || config_.tcp_relay.is_enabled;
  connections_.set_limits(config_.tcp_relay);
  connections_.set_share(config_.port_stride, config_.port_offset);
}

TcpRelayTerms TcpRelay::terms(const TurnRequest& request) const {
  return {.is_enabled = config_.tcp_relay.is_enabled, .is_on_stream = is_stream(request.meta.transport)};
}

bool TcpRelay::listen(const overlay::Endpoint& relayed) {
  if (!ports_->add(relayed)) return false;
  if (streams_->listen(relayed)) return true;
  ports_->remove(relayed);
  return false;
}

void TcpRelay::close(const overlay::Endpoint& relayed) {
  ports_->remove(relayed);
  streams_->close_listener(relayed);
  for (const ConnectionId id : connections_.of(relayed)) {
    connections_.erase(id);
    streams_->close(id);
  }
}

void TcpRelay::close_forbidden(const overlay::Endpoint& relayed) {
  for (const ConnectionId id : connections_.of(relayed)) {
    if (config_.peer_policy.allows(connections_.find(id)->peer.address)) continue;
    connections_.erase(id);
    streams_->close(id);
  }
}

void TcpRelay::close_host_peers() {
  const auto ids = connections_.with(
      [&](const overlay::IpAddress& peer) { return config_.peer_policy.is_closed_host(peer); });
  for (const ConnectionId id : ids) {
    connections_.erase(id);
    streams_->close(id);
  }
}

const Allocation* TcpRelay::find(const overlay::Endpoint& relayed, overlay::Instant now) const {
  const Allocation* const allocation = allocations_.find_tcp(relayed);
  return allocation != nullptr && now < allocation->next_expiry() ? allocation : nullptr;
}

// Needs no permission, because the request itself names the peer.
TurnStatus TcpRelay::connect(TurnRequest& request, const overlay::Endpoint& relayed,
                             const overlay::Endpoint& peer) {
  const auto id = connections_.add({.relayed = relayed,
                                    .peer = peer,
                                    .state = PeerConnection::State::kConnecting,
                                    .deadline = request.now + PeerConnections::kTimeLimit,
                                    .answer = late_answer_to(request)});
  if (!id) return overlay::Unexpected(kInsufficientCapacity);
  if (!streams_->connect(*id, relayed, peer)) {
    connections_.erase(*id);
    return overlay::Unexpected(kConnectionFailed);
  }
  request.is_answered_later = true;
  return overlay::Success{};
}

TurnVerdict TcpRelay::on_connected(ConnectionId id, overlay::PacketBuffer& out, overlay::Instant now) {
  const PeerConnection* const connection = connections_.find(id);
  if (connection == nullptr || connection->state != PeerConnection::State::kConnecting)
    return dropped(TurnDrop::kUnexpected);
  const Allocation* const allocation = find(connection->relayed, now);
  if (allocation == nullptr) return dropped(TurnDrop::kNoAllocation);
  overlay::ByteArray<kMaxMessage> storage;
  StunWriter writer(storage, {StunMethod::kConnect, StunClass::kSuccess}, connection->answer.transaction);
  writer.add_u32(StunAttribute::kConnectionId, id.value);
  finish_answer(writer, connection->answer, config_.software);
  CHECK(writer.ok() && out.assign(writer.written()));
  connections_.set_pending(id, now + PeerConnections::kTimeLimit);
  return verdict_for(TurnAction::kReplyToClient, allocation->five_tuple);
}

TurnVerdict TcpRelay::on_failed(ConnectionId id, overlay::PacketBuffer& out, overlay::Instant now) {
  const PeerConnection* const connection = connections_.find(id);
  if (connection == nullptr || connection->state != PeerConnection::State::kConnecting)
    return dropped(TurnDrop::kUnexpected);
  return fail_connect(id, out, now);
}

TurnVerdict TcpRelay::fail_connect(ConnectionId id, overlay::PacketBuffer& out, overlay::Instant now) {
  const PeerConnection connection = *connections_.find(id);
  connections_.erase(id);
  const Allocation* const allocation = find(connection.relayed, now);
  if (allocation == nullptr) return dropped(TurnDrop::kNoAllocation);
  overlay::ByteArray<kMaxMessage> storage;
  StunWriter writer(storage, {StunMethod::kConnect, StunClass::kError}, connection.answer.transaction);
  writer.add_error(kConnectionFailed.code, kConnectionFailed.reason);
  finish_answer(writer, connection.answer, config_.software);
  CHECK(writer.ok() && out.assign(writer.written()));
  return verdict_for(TurnAction::kReplyToClient, allocation->five_tuple);
}

// ---- an incoming connection: section 5.3 ----

TcpRelay::Attempt TcpRelay::on_attempt(const overlay::Endpoint& relayed, const overlay::Endpoint& peer,
                                       overlay::PacketBuffer& out, overlay::Instant now) {
  const Allocation* const allocation = find(relayed, now);
  if (allocation == nullptr) return {dropped(TurnDrop::kNoAllocation), {}};
  if (!allocation->has_permission(peer.address, now) || !config_.peer_policy.allows(peer.address))
    return {dropped(TurnDrop::kNoPermission), {}};
  const auto id = connections_.add({.relayed = relayed,
                                    .peer = peer,
                                    .state = PeerConnection::State::kPending,
                                    .deadline = now + PeerConnections::kTimeLimit,
                                    .answer = {}});
  if (!id) return {dropped(TurnDrop::kTooManyConnections), {}};
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

const Allocation* TcpRelay::find_by_connection(const TurnRequest& request) const {
  if (request.message.type().method != StunMethod::kConnectionBind) return nullptr;
  const auto id = connection_id_of(request);
  const PeerConnection* const connection = id ? connections_.find(*id) : nullptr;
  return connection != nullptr ? find(connection->relayed, request.now) : nullptr;
}

TurnStatus TcpRelay::bind(const TurnRequest& request) {
  const FiveTuple client = five_tuple_of(request.meta);
  if (!is_stream(request.meta.transport))
    return overlay::Unexpected(TurnFailure{400, "ConnectionBind needs TCP or TLS"});
  const Allocation* const own = allocations_.find(client);
  if (own != nullptr && request.now < own->next_expiry())
    return overlay::Unexpected(TurnFailure{400, "this connection has an allocation"});
  const auto id = connection_id_of(request);
  if (!id) return overlay::Unexpected(TurnFailure{400, "CONNECTION-ID is missing"});
  const Allocation* const allocation = find_by_connection(request);
  const PeerConnection* const connection = connections_.find(*id);
  if (allocation == nullptr || connection == nullptr || connection->state != PeerConnection::State::kPending)
    return overlay::Unexpected(TurnFailure{400, "CONNECTION-ID names no connection that waits"});
  if (allocation->username != request.username)
    return overlay::Unexpected(TurnFailure{441, "Wrong Credentials"});
  connections_.set_bound(*id);
  streams_->bind(*id, client);
  return overlay::Success{};
}

// ---- bytes and time ----

void TcpRelay::on_bytes(ConnectionId id, std::size_t to_peer, std::size_t to_client) {
  const PeerConnection* const connection = connections_.find(id);
  if (connection == nullptr) return;
  Allocation* const allocation = allocations_.find_tcp(connection->relayed);
  if (allocation == nullptr) return;
  allocation->bytes_to_peer += to_peer;
  allocation->bytes_to_client += to_client;
}

void TcpRelay::close_unbound(overlay::Instant now) {
  while (const auto id = connections_.find_overdue(PeerConnection::State::kPending, now)) {
    connections_.erase(*id);
    streams_->close(*id);
  }
}

std::optional<TurnVerdict> TcpRelay::poll_overdue(overlay::PacketBuffer& out, overlay::Instant now) {
  const auto id = connections_.find_overdue(PeerConnection::State::kConnecting, now);
  if (!id) return std::nullopt;
  streams_->close(*id);
  return fail_connect(*id, out, now);
}

}  // namespace relay
