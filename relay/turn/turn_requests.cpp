// The authenticated requests of TurnServer: Refresh, CreatePermission, ChannelBind, and what they share with
// Allocate.
#include <algorithm>
#include <utility>

#include "overlay/base/wire.h"
#include "relay/stun/stun_writer.h"
#include "relay/turn/turn_server.h"

namespace relay {
namespace {

constexpr std::size_t kMaxAnswer = 1024;
constexpr TurnFailure kPeerTaken{508, "Peer in use by another client of the shared relayed address"};

// `discovers`: it is a Binding request that may ask for NAT behaviour.
bool is_understood(std::uint16_t attribute, bool discovers) {
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
    case StunAttribute::kConnectionId:
      return true;
    case StunAttribute::kChangeRequest:
    case StunAttribute::kResponsePort:
    case StunAttribute::kPadding:
      return discovers;
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
    case StunMethod::kConnect:
    case StunMethod::kConnectionBind:
      if (serves_tcp()) break;
      return drop(TurnDrop::kUnexpected);
    default:
      return drop(TurnDrop::kUnexpected);
  }
  Request request{.message = message, .meta = meta, .now = now, .wall = wall};
  overlay::ByteArray<kMaxAnswer> storage;
  const overlay::Bytes reply = answer(request, storage);
  if (request.is_answered_later) return {.action = TurnAction::kReplyLater, .route = {}};
  if (reply.empty()) return drop(TurnDrop::kChallengeLimit);
  (void)buffer.assign(reply);
  return {.action = TurnAction::kReplyToClient,
          .route = route_to_client(five_tuple_of(meta)),
          .reason = TurnDrop::kNone};
}

std::optional<TurnServer::Failure> TurnServer::authenticate(Request& request) {
  std::optional<Authenticator::Known> known;
  const Allocation* existing = find(five_tuple_of(request.meta), request.now);
  if (existing == nullptr) existing = find_by_ticket(request);
  if (existing == nullptr) existing = find_by_connection(request);
  if (existing != nullptr)
    known.emplace(Authenticator::Known{.username = existing->username, .key = existing->key});
  return authenticator_.authenticate(request, known);
}

bool TurnServer::discovers_nat(const StunReader& message, const overlay::DatagramMeta& meta) const {
  return message.type().method == StunMethod::kBinding && discovery_.serves(meta);
}

std::optional<TurnServer::Failure> TurnServer::check_attributes(const StunReader& message,
                                                                const overlay::DatagramMeta& meta) const {
  const bool discovers = discovers_nat(message, meta);
  bool understood = true;
  message.for_each(
      [&](std::uint16_t type, overlay::Bytes) { understood = understood && is_understood(type, discovers); });
  if (!understood) return Failure{420, "Unknown Attribute"};
  if (message.has(StunAttribute::kLifetime) && !message.find_u32(StunAttribute::kLifetime))
    return Failure{400, "LIFETIME has four bytes"};
  return std::nullopt;
}

overlay::Bytes TurnServer::answer(Request& request, overlay::MutableBytes out) {
  if (const auto failure = authenticate(request))
    return may_answer_unproven(request) ? answer_failure(request, *failure, out) : overlay::Bytes();
  if (const auto failure = check_attributes(request.message, request.meta))
    return answer_failure(request, *failure, out);
  if (request.message.type().method == StunMethod::kAllocate) {
    if (const auto failure = allocate(request))
      return answer_failure(request, send_elsewhere(request, *failure), out);
    return answer_allocate(request, out);
  }
  if (request.message.type().method == StunMethod::kConnectionBind)
    return answer_connection_bind(request, out);
  return answer_about_allocation(request, out);
}

overlay::Bytes TurnServer::answer_about_allocation(Request& request, overlay::MutableBytes out) {
  Allocation* allocation = find(five_tuple_of(request.meta), request.now);
  if (const auto failure = move_here(request, allocation)) return answer_failure(request, *failure, out);
  if (allocation == nullptr) return answer_failure(request, {437, "Allocation Mismatch"}, out);
  if (allocation->username != request.username)
    return answer_failure(request, {441, "Wrong Credentials"}, out);

  if (request.message.type().method == StunMethod::kRefresh) {
    const auto granted = refresh(request, *allocation);
    return granted ? answer_plain(request, out, *granted) : answer_failure(request, granted.error(), out);
  }
  if (const auto failure = apply(request, *allocation)) return answer_failure(request, *failure, out);
  if (request.is_answered_later) return {};
  return answer_plain(request, out, std::nullopt);
}

std::optional<TurnServer::Failure> TurnServer::apply(Request& request, Allocation& allocation) {
  switch (request.message.type().method) {
    case StunMethod::kCreatePermission:
      return create_permission(request, allocation);
    case StunMethod::kConnect:
      return connect(request, allocation);
    default:
      return bind_channel(request, allocation);
  }
}

overlay::Bytes TurnServer::answer_failure(const Request& request, const Failure& failure,
                                          overlay::MutableBytes out) {
  StunWriter writer(out, failure_of(request.message.type()), request.message.transaction());
  writer.add_error(failure.code, failure.reason);
  ++errors_by_code_[failure.code];
  const bool is_challenge = failure.code == 401 || failure.code == 438;
  if (is_challenge) authenticator_.add_challenge(writer, request.meta.source.address, request.wall);
  if (failure.code == 300) {
    const auto alternatives = alternatives_for(request);
    writer.add_address(StunAttribute::kAlternateServer,
                       alternatives[next_alternative_++ % alternatives.size()]);
  }
  if (failure.code == 420) {
    overlay::ByteArray<2 * StunReader::kMaxAttributes> unknown;
    overlay::ByteWriter types(unknown);
    const bool discovers = discovers_nat(request.message, request.meta);
    request.message.for_each([&](std::uint16_t type, overlay::Bytes) {
      if (!is_understood(type, discovers)) types.u16(type);
    });
    writer.add(StunAttribute::kUnknownAttributes, types.written());
  }
  // What could not be authenticated has no key and is answered without integrity (RFC 8489 section 9.2.4).
  finish_answer(writer, request, config_.software);
  return writer.written();
}

overlay::Bytes TurnServer::answer_plain(const Request& request, overlay::MutableBytes out,
                                        std::optional<overlay::Duration> lifetime) {
  StunWriter writer(out, success_of(request.message.type()), request.message.transaction());
  if (lifetime) {
    add_lifetime(writer, *lifetime);
    const Allocation* const kept = find(five_tuple_of(request.meta), request.now);
    if (kept != nullptr && kept->mobility && request.message.has(StunAttribute::kMobilityTicket))
      writer.add_text(StunAttribute::kMobilityTicket, kept->mobility->ticket);
  }
  finish_answer(writer, request, config_.software);
  return writer.written();
}

// RFC 8656 section 8.2. With a family, of one of two addresses only.
overlay::Result<overlay::Duration, TurnFailure> TurnServer::refresh(const Request& request,
                                                                    Allocation& allocation) {
  std::optional<overlay::AddressFamily> family;
  if (const auto value = request.message.find(StunAttribute::kRequestedAddressFamily)) {
    const auto read = read_family(*value);
    if (!read && read.error().code == 400) return overlay::Unexpected(read.error());
    if (!read || allocation.relayed_for(*read) == nullptr)
      return overlay::Unexpected(Failure{443, "Peer Address Family Mismatch"});
    family = *read;
  }
  if (request.message.find_u32(StunAttribute::kLifetime) == 0u) {
    if (family && allocation.second)
      release_relayed(allocation, *family);
    else
      remove(FiveTuple(allocation.five_tuple), AllocationEnd::kByClient);
    return overlay::Duration{};
  }
  if (drain_ && drain_->is_over(request.now)) {
    remove(FiveTuple(allocation.five_tuple), AllocationEnd::kDrained);
    return overlay::Unexpected(kInsufficientCapacity);
  }
  const overlay::Duration asked = lifetime_of(request.message);
  const overlay::Duration granted = drain_ ? drain_->grant(asked, request.now) : asked;
  set_expiry(allocation, family, request.now + granted);
  return granted;
}

std::optional<TurnServer::Failure> TurnServer::check_peer(
    const Allocation& allocation, const std::optional<overlay::Endpoint>& peer) const {
  if (!peer) return Failure{400, "XOR-PEER-ADDRESS is malformed"};
  if (allocation.relayed_for(peer->address.family()) == nullptr)
    return Failure{443, "Peer Address Family Mismatch"};
  if (!config_.peer_policy.allows(peer->address)) return kForbidden;
  return std::nullopt;
}

// All or nothing: every peer is checked before the first permission is installed (RFC 8656 section 10.2).
std::optional<TurnServer::Failure> TurnServer::create_permission(const Request& request,
                                                                 Allocation& allocation) {
  std::vector<overlay::IpAddress> peers;
  std::vector<overlay::Endpoint> named;
  std::optional<Failure> failure;
  request.message.for_each([&](std::uint16_t type, overlay::Bytes value) {
    if (type != static_cast<std::uint16_t>(StunAttribute::kXorPeerAddress) || failure) return;
    const auto peer = request.message.decode_xor_address(value);
    failure = check_peer(allocation, peer);
    if (failure) return;
    // Candidates of one host differ in their ports only: one permission.
    if (std::ranges::find(peers, peer->address) == peers.end()) peers.push_back(peer->address);
    if (allocation.shared_port) named.push_back(*peer);
  });
  if (failure) return failure;
  if (peers.empty()) return Failure{400, "XOR-PEER-ADDRESS is missing"};
  if (!may_add_peers(allocation, peers, request.now) || !allocation.install_permissions(peers, request.now))
    return kInsufficientCapacity;
  if (allocation.shared_port) shared_ports_.on_permissions(allocation, named, request.now);
  return std::nullopt;
}

std::optional<TurnServer::Failure> TurnServer::bind_channel(const Request& request, Allocation& allocation) {
  if (allocation.relays_tcp) return Failure{403, "a TCP allocation has no channels"};
  const auto number = request.message.find_u32(StunAttribute::kChannelNumber);
  const auto address = request.message.find(StunAttribute::kXorPeerAddress);
  if (!number || !address) return Failure{400, "CHANNEL-NUMBER and XOR-PEER-ADDRESS are needed"};
  const auto channel = static_cast<std::uint16_t>(*number >> 16);
  const auto range = config_.strict_channel_range ? ChannelRange::kRfc8656 : ChannelRange::kRfc5766;
  if (!is_channel_number(channel, range)) return Failure{400, "the channel number is out of range"};
  const auto peer = request.message.decode_xor_address(*address);
  if (const auto failure = check_peer(allocation, peer)) return failure;
  if (peer->port == 0) return Failure{400, "a channel needs the port of its peer"};
  if (config_.peer_policy.is_control(*peer)) return kForbidden;
  if (allocation.shared_port && shared_ports_.is_taken(allocation, *peer, request.now)) return kPeerTaken;
  if (!may_add_peers(allocation, {&peer->address, 1}, request.now)) return kInsufficientCapacity;
  switch (allocation.bind_channel(ChannelNumber(channel), *peer, request.now)) {
    case Allocation::Bound::kOk:
      if (allocation.shared_port) shared_ports_.on_channel(allocation, *peer, request.now);
      return std::nullopt;
    case Allocation::Bound::kChannelTaken:
      return Failure{400, "the channel is bound to another peer"};
    case Allocation::Bound::kPeerTaken:
      return Failure{400, "the peer is bound to another channel"};
    case Allocation::Bound::kFull:
      break;
  }
  return kInsufficientCapacity;
}

}  // namespace relay
