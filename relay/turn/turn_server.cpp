#include "relay/turn/turn_server.h"

#include <algorithm>
#include <utility>

#include "overlay/base/wire.h"
#include "relay/stun/stun_writer.h"

namespace relay {
namespace {

constexpr std::size_t kXorAddressV4 = 12;
constexpr std::size_t kXorAddressV6 = 24;
constexpr std::size_t kDataHeader = 4;

// ChannelData begins with the bits 01, STUN with 00 (RFC 8656 section 12).
bool is_channel_data(overlay::Bytes datagram) {
  return !datagram.empty() && (datagram[0] & 0xc0) == 0x40;
}

// DONT-FRAGMENT counts between IPv4 and IPv4, and for all that came by a stream. Where a datagram is
// translated to or from IPv6 it is ignored (RFC 8656 sections 13 to 15).
bool asks_for_whole(const StunReader& message, const overlay::DatagramMeta& meta,
                    const overlay::Endpoint& peer) {
  const bool is_ipv4 = meta.source.address.is_v4() && peer.address.is_v4();
  return (is_ipv4 || is_stream(meta.transport)) && message.has(StunAttribute::kDontFragment);
}

RelayedPortsConfig port_range(const TurnServerConfig& config) {
  return {.min = config.relay_port_min,
          .max = config.relay_port_max,
          .stride = config.port_stride,
          .offset = config.port_offset};
}

// The payload does not move. False: the buffer has no room around it.
bool wrap_in_channel_data(ChannelNumber channel, overlay::PacketBuffer& payload) {
  if (payload.headroom() < kChannelHeaderSize) return false;
  const auto length = static_cast<std::uint16_t>(payload.size());
  encode_channel_data({.channel = channel, .length = length}, payload.prepend(kChannelHeaderSize));
  return true;
}

bool wrap_in_data_indication(const overlay::Endpoint& peer, overlay::Random& random,
                             overlay::PacketBuffer& payload) {
  const std::size_t size = payload.size();
  const std::size_t address = peer.address.is_v4() ? kXorAddressV4 : kXorAddressV6;
  const std::size_t front = kStunHeaderSize + address + kDataHeader;
  const std::size_t padding = (4 - size % 4) % 4;
  if (payload.headroom() < front || payload.tailroom() < padding) return false;
  if (padding > 0) std::ranges::fill(payload.append(padding), std::uint8_t{0});
  TransactionId transaction;
  random.fill(transaction);
  const overlay::MutableBytes head = payload.prepend(front);
  StunWriter writer(head, {StunMethod::kData, StunClass::kIndication}, transaction);
  writer.add_xor_address(StunAttribute::kXorPeerAddress, peer);
  overlay::store_be(head.data() + front - kDataHeader, static_cast<std::uint16_t>(StunAttribute::kData));
  overlay::store_be(head.data() + front - 2, static_cast<std::uint16_t>(size));
  overlay::store_be(head.data() + 2, static_cast<std::uint16_t>(payload.size() - kStunHeaderSize));
  return true;
}

}  // namespace

TurnServer::TurnServer(TurnServerConfig config, overlay::PacketIo& io, overlay::Random& random,
                       PeerStreams* peer_streams)
    : config_(std::move(config)),
      random_(random),
      peer_streams_(peer_streams),
      ports_(port_range(config_), io, random),
      shared_ports_(ports_),
      authenticator_(Credentials(config_.realm, config_.rest, config_.users), config_.nonce_keys),
      discovery_(config_.discovery_places),
      tickets_(random),
      admission_(config_.limits, config_.ledger ? config_.ledger : std::make_shared<QuotaLedger>(),
                 random.u64()),
      connections_(random) {
  CHECK(!config_.nonce_keys.empty());
  CHECK(peer_streams_ != nullptr || !config_.tcp_relay.is_enabled);
  limit_connections();
}

void TurnServer::reconfigure(TurnServerConfig config, overlay::UnixSeconds now) {
  CHECK(!config.nonce_keys.empty());
  config_ = std::move(config);
  CHECK(peer_streams_ != nullptr || !config_.tcp_relay.is_enabled);
  ports_.set_range(port_range(config_));
  limit_connections();
  admission_.set_limits(config_.limits);
  authenticator_.reconfigure(Credentials(config_.realm, config_.rest, config_.users), config_.nonce_keys,
                             now);
  discovery_ = NatDiscovery(config_.discovery_places);
}

TurnServer::~TurnServer() {
  for (const auto& [relayed, allocation] : allocations_by_relayed_)
    ports_.close(relayed);
}

TurnVerdict TurnServer::drop(TurnDrop reason) {
  ++drops_[static_cast<std::size_t>(reason)];
  return {.action = TurnAction::kDrop, .route = {}, .reason = reason};
}

TurnVerdict TurnServer::on_client_datagram(const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer,
                                           overlay::Instant now, const overlay::WallClock& wall_clock) {
  const overlay::Bytes datagram = std::as_const(buffer).bytes();
  if (is_channel_data(datagram)) return on_channel_data(meta, buffer, now);
  const auto message = StunReader::parse(datagram);
  if (!message) return drop(TurnDrop::kMalformed);

  const StunType type = message->type();
  if (type == StunType{StunMethod::kSend, StunClass::kIndication})
    return on_send_indication(*message, meta, buffer, now);
  if (type.message_class != StunClass::kRequest) return drop(TurnDrop::kUnexpected);
  if (type.method == StunMethod::kBinding) return on_binding(*message, meta, buffer, now);
  return on_request(*message, meta, buffer, now, wall_clock.at(now));
}

TurnVerdict TurnServer::on_channel_data(const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer,
                                        overlay::Instant now) {
  const auto header = decode_channel_data(std::as_const(buffer).bytes());
  if (!header) return drop(TurnDrop::kMalformed);
  Allocation* allocation = find(five_tuple_of(meta), now);
  if (allocation == nullptr) return drop(TurnDrop::kNoAllocation);
  const ChannelBinding* binding = allocation->find_channel(header->channel, now);
  if (binding == nullptr) return drop(TurnDrop::kUnboundChannel);
  const overlay::Endpoint* relayed = allocation->relayed_for(binding->peer.address.family());
  if (relayed == nullptr || !allocation->has_permission(binding->peer.address, now))
    return drop(TurnDrop::kNoPermission);
  if (!admission_.passes_to_peer(allocation->admitted, header->length, now))
    return drop(TurnDrop::kOverBandwidth);

  buffer.drop_front(kChannelHeaderSize);
  buffer.drop_back(buffer.size() - header->length);
  ++allocation->packets_to_peer;
  allocation->bytes_to_peer += header->length;
  return {.action = TurnAction::kToPeer,
          .route = {.source = *relayed, .destination = binding->peer, .traffic_class = meta.traffic_class},
          .reason = TurnDrop::kNone,
          .shortcut = shortcut(*allocation, *binding)};
}

// An allocation that may move to another client, or lose one of two addresses, would take a shortcut with it.
std::optional<Shortcut> TurnServer::shortcut(const Allocation& allocation,
                                             const ChannelBinding& binding) const {
  if (admission_.limits_bandwidth() || allocation.mobility || allocation.second) return std::nullopt;
  return Shortcut{.channel = binding.channel,
                  .until = std::min({binding.expires_at, allocation.expires_at,
                                     allocation.permission_expiry(binding.peer.address)})};
}

void TurnServer::add_traffic(const FiveTuple& client, const FlowTraffic& traffic) {
  const auto found = allocations_by_client_.find(client);
  if (found != allocations_by_client_.end()) found->second->add(traffic);
}

TurnVerdict TurnServer::on_send_indication(const StunReader& message, const overlay::DatagramMeta& meta,
                                           overlay::PacketBuffer& buffer, overlay::Instant now) {
  Allocation* allocation = find(five_tuple_of(meta), now);
  if (allocation == nullptr) return drop(TurnDrop::kNoAllocation);
  const auto peer = message.find_xor_address(StunAttribute::kXorPeerAddress);
  const auto data = message.find(StunAttribute::kData);
  if (allocation->relays_tcp) return drop(TurnDrop::kNoAllocation);
  if (!peer || !data || peer->port == 0) return drop(TurnDrop::kMissingAttribute);
  if (check_attributes(message, meta)) return drop(TurnDrop::kUnexpected);  // RFC 8489 section 6.3.2
  const overlay::Endpoint* relayed = allocation->relayed_for(peer->address.family());
  if (relayed == nullptr || !allocation->has_permission(peer->address, now) ||
      config_.peer_policy.is_control(*peer))
    return drop(TurnDrop::kNoPermission);
  if (allocation->shared_port && !shared_ports_.claim(*allocation, *peer, now))
    return drop(TurnDrop::kPeerTaken);
  if (!admission_.passes_to_peer(allocation->admitted, data->size(), now))
    return drop(TurnDrop::kOverBandwidth);

  const auto offset = static_cast<std::size_t>(data->data() - std::as_const(buffer).bytes().data());
  const std::size_t size = data->size();
  buffer.drop_front(offset);
  buffer.drop_back(buffer.size() - size);
  ++allocation->packets_to_peer;
  allocation->bytes_to_peer += size;
  return {.action = TurnAction::kToPeer,
          .route = {.source = *relayed,
                    .destination = *peer,
                    .traffic_class = meta.traffic_class,
                    .dont_fragment = asks_for_whole(message, meta, *peer)},
          .reason = TurnDrop::kNone};
}

TurnVerdict TurnServer::on_peer_datagram(const overlay::Endpoint& relayed, const overlay::Endpoint& peer,
                                         overlay::PacketBuffer& payload, overlay::Instant now,
                                         overlay::TrafficClass traffic_class) {
  const auto found = find_receiver(relayed, peer, now);
  if (!found) return drop(found.error());
  Allocation& allocation = **found;
  if (!allocation.has_permission(peer.address, now)) return drop(TurnDrop::kNoPermission);

  const std::size_t size = payload.size();
  if (!admission_.passes_to_client(allocation.admitted, size, now)) return drop(TurnDrop::kOverBandwidth);
  const ChannelBinding* const binding = allocation.find_channel(peer, now);
  const bool has_room = binding != nullptr ? wrap_in_channel_data(binding->channel, payload)
                                           : wrap_in_data_indication(peer, random_, payload);
  if (!has_room) return drop(TurnDrop::kOversized);
  ++allocation.packets_to_client;
  allocation.bytes_to_client += size;
  return {.action = TurnAction::kToClient,
          .route = route_to_client(allocation.five_tuple, traffic_class),
          .reason = TurnDrop::kNone};
}

// Stateless, and small: with a bare request of 20 bytes the answer has 32 (amplification 1.6) without
// SOFTWARE. So a refusal,
// which any address may be made to receive, says why by its code alone.
TurnVerdict TurnServer::on_binding(const StunReader& message, const overlay::DatagramMeta& meta,
                                   overlay::PacketBuffer& buffer, overlay::Instant now) {
  TurnVerdict reply{.action = TurnAction::kReplyToClient,
                    .route = route_to_client(five_tuple_of(meta)),
                    .reason = TurnDrop::kNone};
  const Request request{.message = message, .meta = meta, .now = now};
  overlay::ByteArray<overlay::PacketBuffer::kMaxDatagram> storage;
  if (const auto failure = check_attributes(message, meta)) {
    (void)buffer.assign(answer_failure(request, {failure->code, ""}, storage));
    return reply;
  }
  StunWriter writer(storage, {StunMethod::kBinding, StunClass::kSuccess}, message.transaction());
  add_software(writer, config_.software);
  if (discovers_nat(message, meta) && (is_discovery_only(message) || discovery_.has_room(now))) {
    const auto route = discovery_.answer(request, writer);
    (void)buffer.assign(route ? writer.written()
                              : answer_failure(request, {route.error().code, ""}, storage));
    if (route) reply.route = *route;
    return reply;
  }
  writer.add_xor_address(StunAttribute::kXorMappedAddress, meta.source);
  if (message.has_fingerprint()) writer.add_fingerprint();
  (void)buffer.assign(writer.written());
  return reply;
}

// ---- allocations and their time ----

Allocation* TurnServer::find(const FiveTuple& tuple, overlay::Instant now) {
  const auto found = allocations_by_client_.find(tuple);
  if (found == allocations_by_client_.end()) return nullptr;
  Allocation& allocation = *found->second;
  return now < allocation.next_expiry() ? &allocation : expire(allocation, now);
}

Allocation* TurnServer::find_relayed(const overlay::Endpoint& relayed, overlay::Instant now) {
  auto found = allocations_by_relayed_.find(relayed);
  if (found != allocations_by_relayed_.end() && now >= found->second->next_expiry()) {
    expire(*found->second, now);
    found = allocations_by_relayed_.find(relayed);
  }
  return found == allocations_by_relayed_.end() ? nullptr : found->second;
}

overlay::Result<Allocation*, TurnDrop> TurnServer::find_receiver(const overlay::Endpoint& relayed,
                                                                 const overlay::Endpoint& peer,
                                                                 overlay::Instant now) {
  if (!shared_ports_.empty()) {
    const auto sharer = shared_ports_.find(relayed, peer, now);
    if (sharer || sharer.error() != TurnDrop::kNoAllocation) return sharer;
  }
  Allocation* const allocation = find_relayed(relayed, now);
  if (allocation == nullptr) return overlay::Unexpected(TurnDrop::kNoAllocation);
  return allocation;
}

Allocation* TurnServer::expire(Allocation& allocation, overlay::Instant now) {
  if (allocation.second && now >= allocation.second->expires_at)
    release_relayed(allocation, allocation.second->endpoint.address.family());
  if (allocation.second && now >= allocation.expires_at)
    release_relayed(allocation, allocation.relayed.address.family());
  if (now < allocation.next_expiry()) return &allocation;
  remove(FiveTuple(allocation.five_tuple), AllocationEnd::kExpired);
  return nullptr;
}

void TurnServer::set_expiry(Allocation& allocation, std::optional<overlay::AddressFamily> family,
                            overlay::Instant expires_at) {
  deadlines_.erase({allocation.next_expiry(), allocation.five_tuple});
  const auto is_meant = [&](const overlay::Endpoint& relayed) {
    return !family || relayed.address.family() == *family;
  };
  if (is_meant(allocation.relayed)) allocation.expires_at = expires_at;
  if (allocation.second && is_meant(allocation.second->endpoint)) allocation.second->expires_at = expires_at;
  deadlines_.insert({allocation.next_expiry(), allocation.five_tuple});
}

void TurnServer::release_relayed(Allocation& allocation, overlay::AddressFamily family) {
  CHECK(allocation.second && allocation.relayed_for(family) != nullptr);
  deadlines_.erase({allocation.next_expiry(), allocation.five_tuple});
  if (allocation.relayed.address.family() == family) {
    std::swap(allocation.relayed, allocation.second->endpoint);
    std::swap(allocation.expires_at, allocation.second->expires_at);
  }
  ports_.close(allocation.second->endpoint);
  allocations_by_relayed_.erase(allocation.second->endpoint);
  allocation.second.reset();
  deadlines_.insert({allocation.next_expiry(), allocation.five_tuple});
}

void TurnServer::remove(const FiveTuple& tuple, AllocationEnd end) {
  const auto found = allocations_by_client_.find(tuple);
  if (found == allocations_by_client_.end()) return;
  Allocation& allocation = *found->second;
  if (end_observer_) end_observer_(allocation, end);
  if (allocation.second) release_relayed(allocation, allocation.second->endpoint.address.family());
  if (allocation.mobility) tickets_.revoke(allocation.mobility->ticket);
  deadlines_.erase({allocation.expires_at, tuple});
  if (allocation.shared_port) {
    shared_ports_.leave(allocation);
  } else {
    by_relayed(allocation).erase(allocation.relayed);
    allocation.relays_tcp ? close_tcp(allocation) : ports_.close(allocation.relayed);
  }
  allocations_by_client_.erase(found);
}

void TurnServer::on_timer(overlay::Instant now) {
  while (!deadlines_.empty() && now >= deadlines_.begin()->at)
    (void)find(FiveTuple(deadlines_.begin()->tuple), now);
  close_unbound(now);
  ports_.on_timer(now);
}

overlay::Instant TurnServer::next_timeout() const {
  const overlay::Instant next = deadlines_.empty() ? overlay::kNever : deadlines_.begin()->at;
  return std::min({next, ports_.next_timeout(), connections_.next_timeout()});
}

}  // namespace relay
