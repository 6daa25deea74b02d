// The authenticated requests of TurnServer: Allocate, Refresh, CreatePermission, ChannelBind.
#include <algorithm>
#include <utility>

#include "overlay/base/wire.h"
#include "relay/turn/stun_writer.h"
#include "relay/turn/turn_server.h"

namespace relay {
namespace {

constexpr std::uint8_t kTransportUdp = 17;
constexpr std::size_t kMaxAnswer = 1024;
constexpr int kPortTries = 32;
constexpr overlay::Duration kReservationLifetime = std::chrono::seconds(30);  // RFC 8656 section 7.2
constexpr std::size_t kMaxReservations = 1024;

// DONT-FRAGMENT needs nothing from us: our datagrams leave with the bit set (ip(7), IP_PMTUDISC_WANT).
bool is_understood(std::uint16_t attribute) {
  switch (static_cast<StunAttribute>(attribute)) {
    case StunAttribute::kMappedAddress:
    case StunAttribute::kUsername:
    case StunAttribute::kMessageIntegrity:
    case StunAttribute::kMessageIntegritySha256:
    case StunAttribute::kPasswordAlgorithm:
    case StunAttribute::kUserHash:
    case StunAttribute::kErrorCode:
    case StunAttribute::kUnknownAttributes:
    case StunAttribute::kChannelNumber:
    case StunAttribute::kLifetime:
    case StunAttribute::kXorPeerAddress:
    case StunAttribute::kData:
    case StunAttribute::kRealm:
    case StunAttribute::kNonce:
    case StunAttribute::kXorRelayedAddress:
    case StunAttribute::kRequestedAddressFamily:
    case StunAttribute::kEvenPort:
    case StunAttribute::kRequestedTransport:
    case StunAttribute::kDontFragment:
    case StunAttribute::kXorMappedAddress:
    case StunAttribute::kReservationToken:
    case StunAttribute::kPriority:
      return true;
    default:
      return !is_comprehension_required(attribute);
  }
}

StunType failure_of(StunType request) {
  return {request.method, StunClass::kError};
}
StunType success_of(StunType request) {
  return {request.method, StunClass::kSuccess};
}

std::uint32_t seconds_of(overlay::Duration duration) {
  return static_cast<std::uint32_t>(duration / std::chrono::seconds(1));
}

}  // namespace

TurnVerdict TurnServer::on_request(const StunReader& message, const overlay::DatagramMeta& meta,
                                   overlay::PacketBuffer& buffer, overlay::Instant now,
                                   overlay::UnixSeconds wall) {
  switch (message.type().method) {
    case StunMethod::kAllocate:
    case StunMethod::kRefresh:
    case StunMethod::kCreatePermission:
    case StunMethod::kChannelBind:
      break;
    default:
      return drop(TurnDrop::kUnexpected);
  }
  Request request{.message = message, .meta = meta, .now = now, .wall = wall, .username = {}, .key = {}};
  overlay::ByteArray<kMaxAnswer> storage;
  (void)buffer.assign(answer(request, storage));
  return {.action = TurnAction::kReplyToClient,
          .route = route_to_client(five_tuple_of(meta)),
          .reason = TurnDrop::kNone};
}

std::optional<TurnServer::Failure> TurnServer::authenticate(Request& request) {
  std::optional<Authenticator::Known> known;
  if (const Allocation* existing = find(five_tuple_of(request.meta), request.now))
    known.emplace(Authenticator::Known{.username = existing->username, .key = existing->key});
  return authenticator_.authenticate(request, known);
}

std::optional<TurnServer::Failure> TurnServer::check_attributes(const StunReader& message) const {
  bool understood = true;
  message.for_each(
      [&](std::uint16_t type, overlay::Bytes) { understood = understood && is_understood(type); });
  if (!understood) return Failure{420, "Unknown Attribute"};
  if (message.has(StunAttribute::kLifetime) && !message.find_u32(StunAttribute::kLifetime))
    return Failure{400, "LIFETIME has four bytes"};
  return std::nullopt;
}

overlay::Bytes TurnServer::answer(Request& request, overlay::MutableBytes out) {
  if (const auto failure = authenticate(request)) return answer_failure(request, *failure, out);
  if (const auto failure = check_attributes(request.message)) return answer_failure(request, *failure, out);
  if (request.message.type().method == StunMethod::kAllocate) {
    if (const auto failure = allocate(request)) return answer_failure(request, *failure, out);
    return answer_allocate(request, out);
  }
  Allocation* allocation = find(five_tuple_of(request.meta), request.now);
  if (allocation == nullptr) return answer_failure(request, {437, "Allocation Mismatch"}, out);
  if (allocation->username != request.username)
    return answer_failure(request, {441, "Wrong Credentials"}, out);

  std::optional<Failure> failure;
  std::optional<overlay::Duration> lifetime;
  switch (request.message.type().method) {
    case StunMethod::kRefresh: {
      overlay::Duration granted{};
      failure = refresh(request, *allocation, granted);
      lifetime = granted;
      break;
    }
    case StunMethod::kCreatePermission:
      failure = create_permission(request, *allocation);
      break;
    default:
      failure = bind_channel(request, *allocation);
      break;
  }
  if (failure) return answer_failure(request, *failure, out);
  return answer_plain(request, out, lifetime);
}

overlay::Bytes TurnServer::answer_failure(const Request& request, const Failure& failure,
                                          overlay::MutableBytes out) {
  StunWriter writer(out, failure_of(request.message.type()), request.message.transaction());
  writer.add_error(failure.code, failure.reason);
  const bool is_challenge = failure.code == 401 || failure.code == 438;
  if (is_challenge) authenticator_.add_challenge(writer, request.meta.source.address, request.wall);
  if (failure.code == 420) {
    overlay::ByteArray<2 * StunReader::kMaxAttributes> unknown;
    overlay::ByteWriter types(unknown);
    request.message.for_each([&](std::uint16_t type, overlay::Bytes) {
      if (!is_understood(type)) types.u16(type);
    });
    writer.add(StunAttribute::kUnknownAttributes, types.written());
  }
  // What could not be authenticated has no key and is answered without integrity (RFC 8489 section 9.2.4).
  finish_answer(writer, request);
  return writer.written();
}

overlay::Bytes TurnServer::answer_plain(const Request& request, overlay::MutableBytes out,
                                        std::optional<overlay::Duration> lifetime) {
  StunWriter writer(out, success_of(request.message.type()), request.message.transaction());
  if (lifetime) writer.add_u32(StunAttribute::kLifetime, seconds_of(*lifetime));
  finish_answer(writer, request);
  return writer.written();
}

overlay::Bytes TurnServer::answer_allocate(const Request& request, overlay::MutableBytes out) {
  const Allocation* allocation = find(five_tuple_of(request.meta), request.now);
  CHECK(allocation != nullptr);
  StunWriter writer(out, success_of(request.message.type()), request.message.transaction());
  writer.add_xor_address(StunAttribute::kXorRelayedAddress, allocation->relayed);
  writer.add_u32(StunAttribute::kLifetime, seconds_of(allocation->expires_at - request.now));
  if (allocation->reservation_token != 0) {
    overlay::ByteArray<8> token;
    overlay::store_be(token.data(), allocation->reservation_token);
    writer.add(StunAttribute::kReservationToken, token);
  }
  writer.add_xor_address(StunAttribute::kXorMappedAddress, request.meta.source);
  finish_answer(writer, request);
  return writer.written();
}

// RFC 8656 section 7.2, in its order.
std::optional<TurnServer::Failure> TurnServer::allocate(Request& request) {
  const StunReader& message = request.message;
  const FiveTuple tuple = five_tuple_of(request.meta);
  if (const Allocation* existing = find(tuple, request.now)) {
    if (existing->allocated_by == message.transaction()) return std::nullopt;  // retransmitted
    return Failure{437, "Allocation Mismatch"};
  }
  remove(tuple);  // expired, not yet collected
  const auto transport = message.find(StunAttribute::kRequestedTransport);
  if (!transport || transport->size() != 4) return Failure{400, "REQUESTED-TRANSPORT is missing"};
  if (transport->front() != kTransportUdp) return Failure{442, "Unsupported Transport Protocol"};
  const auto token = message.find(StunAttribute::kReservationToken);
  const auto even_port = message.find(StunAttribute::kEvenPort);
  if (token && (even_port || message.has(StunAttribute::kRequestedAddressFamily)))
    return Failure{400, "RESERVATION-TOKEN excludes EVEN-PORT and REQUESTED-ADDRESS-FAMILY"};
  if (even_port && even_port->size() != 1) return Failure{400, "EVEN-PORT has one byte"};

  Failure family_failure{440, "Address Family not Supported"};
  const auto address = relay_address_for(request, family_failure);
  if (!address) return family_failure;
  const std::string username(request.username);
  const auto of_user = allocations_by_user_.find(username);
  if (of_user != allocations_by_user_.end() && of_user->second >= config_.max_allocations_per_user)
    return Failure{486, "Allocation Quota Reached"};
  if (allocations_by_client_.size() >= config_.max_allocations) return Failure{508, "Insufficient Capacity"};

  const bool reserve = even_port && (even_port->front() & 0x80) != 0;
  const auto opened = token ? claim_reservation(*token, request.now)
                            : open_relayed(*address, even_port.has_value(), reserve, request.now);
  if (!opened) return Failure{508, "Insufficient Capacity"};

  auto allocation = std::make_unique<Allocation>();
  allocation->five_tuple = tuple;
  allocation->relayed = opened->relayed;
  allocation->reservation_token = opened->reservation_token;
  allocation->username = username;
  allocation->key = request.key;
  allocation->allocated_by = message.transaction();
  set_expiry(*allocation, request.now + lifetime_of(message));
  ++allocations_by_user_[username];
  allocations_by_relayed_[opened->relayed] = allocation.get();
  allocations_by_client_[tuple] = std::move(allocation);
  return std::nullopt;
}

// RFC 8656 section 7.2 gives IPv4 when no family is asked for. Browsers never ask, so here it is the family
// of the client's own socket, or else what the server has.
std::optional<overlay::IpAddress> TurnServer::relay_address_for(const Request& request,
                                                                Failure& failure) const {
  const auto requested = request.message.find(StunAttribute::kRequestedAddressFamily);
  const auto address_of = [&](overlay::AddressFamily family) -> std::optional<overlay::IpAddress> {
    const auto found = std::ranges::find(config_.relay_addresses, family, &overlay::IpAddress::family);
    if (found == config_.relay_addresses.end()) return std::nullopt;
    return *found;
  };
  if (!requested) {
    const auto same = address_of(request.meta.local.address.family());
    if (same || config_.relay_addresses.empty()) return same;
    return config_.relay_addresses.front();
  }
  if (requested->size() != 4) {
    failure = {400, "REQUESTED-ADDRESS-FAMILY has four bytes"};
    return std::nullopt;
  }
  switch (requested->front()) {
    case 0x01:
      return address_of(overlay::AddressFamily::kV4);
    case 0x02:
      return address_of(overlay::AddressFamily::kV6);
    default:
      return std::nullopt;
  }
}

std::optional<TurnServer::Opened> TurnServer::open_relayed(const overlay::IpAddress& address, bool even,
                                                           bool reserve, overlay::Instant now) {
  if (reserve && reservations_by_token_.size() >= kMaxReservations) return std::nullopt;
  const std::uint64_t range = config_.relay_port_max - config_.relay_port_min + std::uint64_t{1};
  for (int attempt = 0; attempt < kPortTries; ++attempt) {
    const auto drawn = static_cast<std::uint32_t>(config_.relay_port_min + random_.below(range));
    const std::uint32_t pair = drawn / 2 - drawn / 2 % config_.port_stride + config_.port_offset;
    const std::uint32_t port = 2 * pair + (even ? 0 : drawn % 2);
    if (port < config_.relay_port_min || port > config_.relay_port_max) continue;
    const overlay::Endpoint relayed{address, static_cast<std::uint16_t>(port)};
    if (!io_.open_port(relayed)) continue;
    if (!reserve) return Opened{.relayed = relayed};
    const overlay::Endpoint next{address, static_cast<std::uint16_t>(port + 1)};
    if (next.port > config_.relay_port_min && next.port <= config_.relay_port_max && io_.open_port(next)) {
      const std::uint64_t token = random_.u64() | 1;
      reservations_by_token_[token] = {.relayed = next, .expires_at = now + kReservationLifetime};
      return Opened{.relayed = relayed, .reservation_token = token};
    }
    io_.close_port(relayed);
  }
  return std::nullopt;
}

std::optional<TurnServer::Opened> TurnServer::claim_reservation(overlay::Bytes token, overlay::Instant now) {
  if (token.size() != 8) return std::nullopt;
  const auto found = reservations_by_token_.find(overlay::load_be<std::uint64_t>(token.data()));
  if (found == reservations_by_token_.end() || now >= found->second.expires_at) return std::nullopt;
  const overlay::Endpoint relayed = found->second.relayed;
  reservations_by_token_.erase(found);
  return Opened{.relayed = relayed};
}

// RFC 8656 section 7.2: what is asked for, within the default and the maximum.
overlay::Duration TurnServer::lifetime_of(const StunReader& message) const {
  const auto requested = message.find_u32(StunAttribute::kLifetime);
  if (!requested) return config_.default_lifetime;
  const overlay::Duration asked = std::chrono::seconds(*requested);
  return std::max(config_.default_lifetime, std::min(asked, config_.max_lifetime));
}

std::optional<TurnServer::Failure> TurnServer::refresh(Request& request, Allocation& allocation,
                                                       overlay::Duration& granted) {
  if (const auto family = request.message.find(StunAttribute::kRequestedAddressFamily)) {
    const std::uint8_t own = allocation.relayed.address.is_v4() ? 0x01 : 0x02;
    if (family->size() != 4 || family->front() != own) return Failure{443, "Peer Address Family Mismatch"};
  }
  if (request.message.find_u32(StunAttribute::kLifetime) == 0u) {
    granted = {};
    remove(FiveTuple(allocation.five_tuple));
    return std::nullopt;
  }
  granted = lifetime_of(request.message);
  set_expiry(allocation, request.now + granted);
  return std::nullopt;
}

std::optional<TurnServer::Failure> TurnServer::check_peer(
    const Allocation& allocation, const std::optional<overlay::Endpoint>& peer) const {
  if (!peer) return Failure{400, "XOR-PEER-ADDRESS is malformed"};
  if (peer->address.family() != allocation.relayed.address.family())
    return Failure{443, "Peer Address Family Mismatch"};
  if (!config_.peer_policy.allows(peer->address)) return Failure{403, "Forbidden"};
  return std::nullopt;
}

// All or nothing: every peer is checked before the first permission is installed (RFC 8656 section 10.2).
std::optional<TurnServer::Failure> TurnServer::create_permission(const Request& request,
                                                                 Allocation& allocation) {
  std::vector<overlay::IpAddress> peers;
  std::optional<Failure> failure;
  request.message.for_each([&](std::uint16_t type, overlay::Bytes value) {
    if (type != static_cast<std::uint16_t>(StunAttribute::kXorPeerAddress) || failure) return;
    const auto peer = request.message.decode_xor_address(value);
    failure = check_peer(allocation, peer);
    if (!failure) peers.push_back(peer->address);
  });
  if (failure) return failure;
  if (peers.empty()) return Failure{400, "XOR-PEER-ADDRESS is missing"};
  for (const overlay::IpAddress& peer : peers)
    if (!allocation.install_permission(peer, request.now)) return Failure{508, "Insufficient Capacity"};
  return std::nullopt;
}

std::optional<TurnServer::Failure> TurnServer::bind_channel(const Request& request, Allocation& allocation) {
  const auto number = request.message.find_u32(StunAttribute::kChannelNumber);
  const auto address = request.message.find(StunAttribute::kXorPeerAddress);
  if (!number || !address) return Failure{400, "CHANNEL-NUMBER and XOR-PEER-ADDRESS are needed"};
  const auto channel = static_cast<std::uint16_t>(*number >> 16);
  const auto range = config_.strict_channel_range ? ChannelRange::kRfc8656 : ChannelRange::kRfc5766;
  if (!is_channel_number(channel, range)) return Failure{400, "the channel number is out of range"};
  const auto peer = request.message.decode_xor_address(*address);
  if (const auto failure = check_peer(allocation, peer)) return failure;
  switch (allocation.bind_channel(ChannelNumber(channel), *peer, request.now)) {
    case Allocation::Bound::kOk:
      return std::nullopt;
    case Allocation::Bound::kConflict:
      return Failure{400, "the channel or the peer is bound otherwise"};
    case Allocation::Bound::kFull:
      break;
  }
  return Failure{508, "Insufficient Capacity"};
}

}  // namespace relay
