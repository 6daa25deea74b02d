#include "relay/turn/turn_server.h"

#include <algorithm>
#include <utility>

#include "overlay/base/wire.h"
#include "relay/stun/stun_writer.h"
#include "relay/turn/icmp_attribute.h"

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
      admission_(config_.limits, config_.ledger ? config_.ledger : std::make_shared<QuotaLedger>(),
                 random.u64()),
      tcp_(config_, allocations_, random, peer_streams),
      addresses_(config_, tcp_, io, random),
      alternates_(config_, drain_),
      authenticator_(Credentials(config_.realm, config_.rest, config_.users), config_.nonce_keys),
      discovery_(config_.discovery_places),
      tickets_(random) {
  CHECK(!config_.nonce_keys.empty());
}

void TurnServer::reconfigure(TurnServerConfig config, overlay::UnixSeconds now) {
  CHECK(!config.nonce_keys.empty());
  config_ = std::move(config);
  config_.peer_policy.set_host(host_addresses_);
  tcp_.reconfigure();
  addresses_.reconfigure();
  admission_.set_limits(config_.limits);
  authenticator_.reconfigure(Credentials(config_.realm, config_.rest, config_.users), config_.nonce_keys,
                             now);
  discovery_ = NatDiscovery(config_.discovery_places);
}

TurnServer::~TurnServer() {
  allocations_.for_each_relayed([&](const overlay::Endpoint& relayed) { addresses_.close_port(relayed); });
}

TurnVerdict TurnServer::drop(TurnDrop reason) {
  ++drops_[static_cast<std::size_t>(reason)];
  return {.action = TurnAction::kDrop, .route = {}, .reason = reason};
}

TurnVerdict TurnServer::counted(TurnVerdict verdict) {
  return verdict.action == TurnAction::kDrop ? drop(verdict.reason) : verdict;
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
  if (Allocation* const allocation = allocations_.find(client)) allocation->add(traffic);
}

TurnVerdict TurnServer::on_send_indication(const StunReader& message, const overlay::DatagramMeta& meta,
                                           overlay::PacketBuffer& buffer, overlay::Instant now) {
  Allocation* allocation = find(five_tuple_of(meta), now);
  if (allocation == nullptr) return drop(TurnDrop::kNoAllocation);
  const auto peer = message.find_xor_address(StunAttribute::kXorPeerAddress);
  const auto data = message.find(StunAttribute::kData);
  if (allocation->relays_tcp) return drop(TurnDrop::kNoAllocation);
  if (!peer || !data || peer->port == 0) return drop(TurnDrop::kMissingAttribute);
  if (!check_attributes(message, meta)) return drop(TurnDrop::kUnexpected);  // RFC 8489 section 6.3.2
  const overlay::Endpoint* relayed = allocation->relayed_for(peer->address.family());
  if (relayed == nullptr || !allocation->has_permission(peer->address, now) ||
      config_.peer_policy.is_control(*peer))
    return drop(TurnDrop::kNoPermission);
  if (allocation->shared_port && !addresses_.shared().claim(*allocation, *peer, now))
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
  follow_host_changes(allocation);
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
  if (!has_allocation(five_tuple_of(meta)) && !admission_.may_answer_binding(meta.source.address, now))
    return drop(TurnDrop::kBindingLimit);
  TurnVerdict reply{.action = TurnAction::kReplyToClient,
                    .route = route_to_client(five_tuple_of(meta)),
                    .reason = TurnDrop::kNone};
  const Request request{.message = message, .meta = meta, .now = now};
  overlay::ByteArray<overlay::PacketBuffer::kMaxDatagram> storage;
  if (const auto understood = check_attributes(message, meta); !understood) {
    (void)buffer.assign(answer_failure(request, {understood.error().code, ""}, storage));
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

TurnVerdict TurnServer::on_peer_unreachable(const overlay::IcmpError& error, overlay::PacketBuffer& out,
                                            overlay::Instant now) {
  if (!is_for_clients(error)) return drop(TurnDrop::kUnexpected);
  const auto found = find_receiver(error.local, error.remote, now);
  if (!found) return drop(found.error());
  Allocation& allocation = **found;
  follow_host_changes(allocation);
  if (!allocation.has_permission(error.remote.address, now)) return drop(TurnDrop::kNoPermission);

  TransactionId transaction;
  random_.fill(transaction);
  overlay::ByteArray<64> storage;
  StunWriter writer(storage, {StunMethod::kData, StunClass::kIndication}, transaction);
  writer.add_xor_address(StunAttribute::kXorPeerAddress, error.remote);
  writer.add(StunAttribute::kIcmp, icmp_value(error));
  CHECK(writer.ok() && out.assign(writer.written()));
  return {.action = TurnAction::kToClient,
          .route = route_to_client(allocation.five_tuple),
          .reason = TurnDrop::kNone};
}

// ---- TCP allocations ----

TurnVerdict TurnServer::on_peer_connected(ConnectionId id, overlay::PacketBuffer& out, overlay::Instant now) {
  return counted(tcp_.on_connected(id, out, now));
}

TurnVerdict TurnServer::on_peer_failed(ConnectionId id, overlay::PacketBuffer& out, overlay::Instant now) {
  const TurnVerdict verdict = counted(tcp_.on_failed(id, out, now));
  if (verdict.action == TurnAction::kReplyToClient) ++errors_by_code_[kConnectionFailed.code];
  return verdict;
}

TurnServer::Attempt TurnServer::on_peer_attempt(const overlay::Endpoint& relayed,
                                                const overlay::Endpoint& peer, overlay::PacketBuffer& out,
                                                overlay::Instant now) {
  Attempt attempt = tcp_.on_attempt(relayed, peer, out, now);
  attempt.verdict = counted(attempt.verdict);
  return attempt;
}

std::optional<TurnVerdict> TurnServer::poll_overdue_connect(overlay::PacketBuffer& out,
                                                            overlay::Instant now) {
  const auto verdict = tcp_.poll_overdue(out, now);
  if (!verdict) return std::nullopt;
  if (verdict->action == TurnAction::kReplyToClient) ++errors_by_code_[kConnectionFailed.code];
  return counted(*verdict);
}

// ---- the end of allocations ----

Allocation* TurnServer::find(const FiveTuple& client, overlay::Instant now) {
  Allocation* allocation = allocations_.find(client);
  if (allocation != nullptr && now >= allocation->next_expiry()) allocation = expire(*allocation, now);
  if (allocation != nullptr) follow_host_changes(*allocation);
  return allocation;
}

overlay::Result<Allocation*, TurnDrop> TurnServer::find_receiver(const overlay::Endpoint& relayed,
                                                                 const overlay::Endpoint& peer,
                                                                 overlay::Instant now) {
  if (!addresses_.shared().empty()) {
    const auto sharer = addresses_.shared().find(relayed, peer, now);
    if (sharer || sharer.error() != TurnDrop::kNoAllocation) return sharer;
  }
  Allocation* allocation = allocations_.find_relayed(relayed);
  if (allocation != nullptr && now >= allocation->next_expiry()) {
    expire(*allocation, now);
    allocation = allocations_.find_relayed(relayed);
  }
  if (allocation == nullptr) return overlay::Unexpected(TurnDrop::kNoAllocation);
  return allocation;
}

Allocation* TurnServer::expire(Allocation& allocation, overlay::Instant now) {
  if (allocation.second && now >= allocation.second->expires_at)
    release_relayed(allocation, allocation.second->endpoint.address.family());
  if (allocation.second && now >= allocation.expires_at)
    release_relayed(allocation, allocation.relayed.address.family());
  if (now < allocation.next_expiry()) return &allocation;
  end(allocation, AllocationEnd::kExpired);
  return nullptr;
}

void TurnServer::release_relayed(Allocation& allocation, overlay::AddressFamily family) {
  addresses_.close_port(allocations_.release_relayed(allocation, family));
}

void TurnServer::end(const FiveTuple& client, AllocationEnd reason) {
  if (Allocation* const allocation = allocations_.find(client)) end(*allocation, reason);
}

void TurnServer::end(Allocation& allocation, AllocationEnd reason) {
  if (end_observer_) end_observer_(allocation, reason);
  if (allocation.second) release_relayed(allocation, allocation.second->endpoint.address.family());
  if (allocation.mobility) tickets_.revoke(allocation.mobility->ticket);
  addresses_.close(allocation);
  allocations_.erase(allocation);
}

std::optional<AllocationEnd> TurnServer::review(const FiveTuple& client) {
  Allocation* const allocation = allocations_.find(client);
  if (allocation == nullptr) return std::nullopt;
  if (!authenticator_.still_admits(allocation->identity())) return AllocationEnd::kCredentialGone;
  allocation->is_running_out = false;
  forbid_peers(*allocation);
  return std::nullopt;
}

void TurnServer::review_with_grace(const FiveTuple& client) {
  Allocation* const allocation = allocations_.find(client);
  if (allocation == nullptr) return;
  allocation->is_running_out = !authenticator_.still_admits(allocation->identity());
}

void TurnServer::forbid_peers(Allocation& allocation) {
  allocation.forbid([&](const overlay::IpAddress& peer) { return config_.peer_policy.allows(peer); });
  if (allocation.relays_tcp) tcp_.close_forbidden(allocation.relayed);
}

void TurnServer::set_host_addresses(std::shared_ptr<const HostAddressList> addresses) {
  host_addresses_ = std::move(addresses);
  config_.peer_policy.set_host(host_addresses_);
  on_host_change();
}

void TurnServer::withdraw_relayed(const overlay::IpAddress& address) {
  config_.peer_policy.withdraw_relayed(address);
  on_host_change();
}

void TurnServer::on_host_change() {
  ++host_changes_;
  tcp_.close_host_peers();
}

void TurnServer::follow_host_changes(Allocation& allocation) const {
  if (allocation.host_changes == host_changes_) return;
  allocation.host_changes = host_changes_;
  allocation.forbid([&](const overlay::IpAddress& peer) { return !is_closed_host(peer); });
}

std::vector<FiveTuple> TurnServer::connected_clients() const {
  std::vector<FiveTuple> clients;
  allocations_.for_each([&](const Allocation& allocation) {
    if (allocation.five_tuple.transport != overlay::Transport::kUdp) clients.push_back(allocation.five_tuple);
  });
  return clients;
}

void TurnServer::on_timer(overlay::Instant now) {
  while (const auto client = allocations_.first_expired(now))
    (void)find(*client, now);
  tcp_.close_unbound(now);
  addresses_.on_timer(now);
  refused_logins_.on_timer(now);
}

overlay::Instant TurnServer::next_timeout() const {
  return std::min({allocations_.next_expiry(), addresses_.next_timeout(), tcp_.next_timeout(),
                   refused_logins_.next_timeout()});
}

}  // namespace relay
