// The authenticated requests of TurnServer (RFC 8656 sections 7 to 12, RFC 6062, RFC 8016) and their answers.
#include <algorithm>
#include <utility>

#include "overlay/base/wire.h"
#include "relay/stun/stun_writer.h"
#include "relay/turn/allocate_answer.h"
#include "relay/turn/turn_server.h"
#include "relay/turn/understood_attributes.h"

namespace relay {
namespace {

constexpr std::size_t kMaxAnswer = 1024;
constexpr TurnFailure kConnectionExists{446, "Connection Already Exists"};
constexpr TurnFailure kPeerTaken{508, "Peer in use by another client of the shared relayed address"};

StunType failure_of(StunType request) {
  return {request.method, StunClass::kError};
}
StunType success_of(StunType request) {
  return {request.method, StunClass::kSuccess};
}

std::string_view text_of(const StunReader& message, StunAttribute attribute) {
  const auto value = message.find(attribute);
  return value ? overlay::as_text(*value) : std::string_view();
}

RefusedLogin refused_login(const TurnRequest& request, LoginFault fault) {
  const std::string_view username = text_of(request.message, StunAttribute::kUsername);
  const auto rest = parse_rest_username(username);
  return {
      .client = request.meta.source,
      .transport = request.meta.transport,
      .username = username,
      .realm = text_of(request.message, StunAttribute::kRealm),
      .fault = fault,
      .expired_for = fault == LoginFault::kExpired ? request.wall - rest->expiry : overlay::UnixSeconds()};
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

TurnStatus TurnServer::authenticate(Request& request, const Allocation* own) {
  const Allocation* known = own;
  if (known == nullptr) known = find_by_ticket(request);
  if (known == nullptr) known = tcp_.find_by_connection(request);
  if (known == nullptr) return authenticator_.authenticate(request, std::nullopt);
  return authenticator_.authenticate(request, known->identity());
}

bool TurnServer::may_answer_unproven(const Request& request, const Allocation* own) {
  return own != nullptr || admission_.may_challenge(request.meta, request.now);
}

bool TurnServer::discovers_nat(const StunReader& message, const overlay::DatagramMeta& meta) const {
  return message.type().method == StunMethod::kBinding && discovery_.serves(meta);
}

TurnStatus TurnServer::check_attributes(const StunReader& message, const overlay::DatagramMeta& meta) const {
  const bool discovers = discovers_nat(message, meta);
  bool understood = true;
  message.for_each(
      [&](std::uint16_t type, overlay::Bytes) { understood = understood && is_understood(type, discovers); });
  if (!understood) return overlay::Unexpected(Failure{420, "Unknown Attribute"});
  if (message.has(StunAttribute::kLifetime) && !message.find_u32(StunAttribute::kLifetime))
    return overlay::Unexpected(Failure{400, "LIFETIME has four bytes"});
  return overlay::Success{};
}

overlay::Bytes TurnServer::answer(Request& request, overlay::MutableBytes out) {
  Allocation* const own = find(five_tuple_of(request.meta), request.now);
  if (const auto proven = authenticate(request, own); !proven) {
    if (const auto fault = proven.error().fault)
      refused_logins_.add(refused_login(request, *fault), request.message.transaction(), request.now);
    return may_answer_unproven(request, own) ? answer_failure(request, proven.error(), out)
                                             : overlay::Bytes();
  }
  if (const auto understood = check_attributes(request.message, request.meta); !understood)
    return answer_failure(request, understood.error(), out);
  if (request.message.type().method == StunMethod::kAllocate) {
    const auto allocated = allocate(request, own);
    return allocated ? answer_allocate(request, **allocated, out)
                     : answer_failure(request, alternates_.redirect(request, allocated.error()), out);
  }
  if (request.message.type().method == StunMethod::kConnectionBind) {
    const auto bound = tcp_.bind(request);
    return bound ? answer_plain(request, out) : answer_failure(request, bound.error(), out);
  }
  return answer_about_allocation(request, own, out);
}

overlay::Bytes TurnServer::answer_about_allocation(Request& request, Allocation* own,
                                                   overlay::MutableBytes out) {
  const auto meant = move_here(request, own);
  if (!meant) return answer_failure(request, meant.error(), out);
  if (*meant == nullptr) return answer_failure(request, {437, "Allocation Mismatch"}, out);
  Allocation& allocation = **meant;
  if (allocation.username != request.username)
    return answer_failure(request, {441, "Wrong Credentials"}, out);

  if (request.message.type().method == StunMethod::kRefresh) return answer_refresh(request, allocation, out);
  if (const auto applied = apply(request, allocation); !applied)
    return answer_failure(request, applied.error(), out);
  if (request.is_answered_later) return {};
  return answer_plain(request, out);
}

TurnStatus TurnServer::apply(Request& request, Allocation& allocation) {
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
  const bool is_challenge = failure.code == 401 || failure.code == 438;
  // Nobody has proven the address of a first request, so its answer is small: the code alone.
  const bool is_first = failure.code == 401 && !request.message.integrity();
  writer.add_error(failure.code, is_first ? "" : failure.reason);
  ++errors_by_code_[failure.code];
  if (refusal_observer_ && refusals_.take(refusal_rate_, 1, request.now))
    refusal_observer_({.client = five_tuple_of(request.meta),
                       .method = request.message.type().method,
                       .code = failure.code,
                       .reason = failure.reason});
  if (is_challenge) authenticator_.add_challenge(writer, request.meta.source.address, request.wall);
  if (failure.code == 300) writer.add_address(StunAttribute::kAlternateServer, alternates_.next(request));
  if (failure.code == 420) {
    overlay::ByteArray<2 * StunReader::kMaxAttributes> unknown;
    overlay::ByteWriter types(unknown);
    const bool discovers = discovers_nat(request.message, request.meta);
    request.message.for_each([&](std::uint16_t type, overlay::Bytes) {
      if (!is_understood(type, discovers)) types.u16(type);
    });
    writer.add(StunAttribute::kUnknownAttributes, types.written());
  }
  // An unauthenticated request has no key, so its answer has no integrity (RFC 8489 section 9.2.4).
  finish_answer(writer, request, config_.software);
  return writer.written();
}

overlay::Bytes TurnServer::answer_plain(const Request& request, overlay::MutableBytes out) {
  StunWriter writer(out, success_of(request.message.type()), request.message.transaction());
  finish_answer(writer, request, config_.software);
  return writer.written();
}

overlay::Bytes TurnServer::answer_refresh(const Request& request, Allocation& allocation,
                                          overlay::MutableBytes out) {
  const auto granted = refresh(request, allocation);
  if (!granted) return answer_failure(request, granted.error(), out);
  StunWriter writer(out, success_of(request.message.type()), request.message.transaction());
  add_lifetime(writer, *granted);
  const Allocation* const kept = allocations_.find(five_tuple_of(request.meta));  // a lifetime of 0 ends it
  if (kept != nullptr && kept->mobility && request.message.has(StunAttribute::kMobilityTicket))
    writer.add_text(StunAttribute::kMobilityTicket, kept->mobility->ticket);
  finish_answer(writer, request, config_.software);
  return writer.written();
}

overlay::Bytes TurnServer::answer_allocate(const Request& request, const Allocation& allocation,
                                           overlay::MutableBytes out) {
  StunWriter writer(out, success_of(request.message.type()), request.message.transaction());
  add_allocation(writer, allocation, request.now);
  writer.add_xor_address(StunAttribute::kXorMappedAddress, request.meta.source);
  finish_answer(writer, request, config_.software);
  return writer.written();
}

overlay::Result<Allocation*, TurnFailure> TurnServer::allocate(const Request& request, Allocation* own) {
  const StunReader& message = request.message;
  if (own != nullptr) {
    if (own->allocated_by == message.transaction() && own->username == request.username)
      return own;  // retransmitted
    return overlay::Unexpected(Failure{437, "Allocation Mismatch"});
  }
  const auto asked = read_allocate(message, tcp_.terms(request));
  if (!asked) return overlay::Unexpected(asked.error());
  if (drain_ || allocations_.size() >= config_.max_allocations)
    return overlay::Unexpected(kInsufficientCapacity);
  auto admitted = admission_.admit(request);
  if (!admitted) return overlay::Unexpected(admitted.error());

  auto allocation = std::make_unique<Allocation>();
  if (const auto opened = addresses_.open(request, *asked, *allocation); !opened)
    return overlay::Unexpected(opened.error());
  allocation->five_tuple = five_tuple_of(request.meta);
  allocation->created_at = request.now;
  allocation->username = request.username;
  allocation->admitted = std::move(admitted).value();
  allocation->max_permissions = config_.limits.permissions;
  allocation->max_channels = config_.limits.channels;
  allocation->key = request.key;
  allocation->realm = authenticator_.realm();
  allocation->number = ++last_number_;
  allocation->allocated_by = message.transaction();
  allocation->expires_at = request.now + lifetime_of(message);
  if (allocation->second) allocation->second->expires_at = allocation->expires_at;
  if (asked->wants_ticket && config_.mobility && !asked->wants_tcp) give_ticket(*allocation);
  return &allocations_.insert(std::move(allocation));
}

// RFC 8656 section 7.2: the requested lifetime, within the default and the maximum. The RFC grants the
// default to a request without LIFETIME; the configuration may grant less, so that idle allocations end
// sooner.
overlay::Duration TurnServer::lifetime_of(const StunReader& message) const {
  const auto requested = message.find_u32(StunAttribute::kLifetime);
  if (!requested) return config_.unasked_lifetime;
  const overlay::Duration asked = std::chrono::seconds(*requested);
  return std::max(config_.default_lifetime, std::min(asked, config_.max_lifetime));
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
      end(allocation, AllocationEnd::kByClient);
    return overlay::Duration{};
  }
  if (drain_ && drain_->is_over(request.now)) {
    end(allocation, AllocationEnd::kDrained);
    return overlay::Unexpected(kInsufficientCapacity);
  }
  const overlay::Duration asked = lifetime_of(request.message);
  overlay::Duration granted = drain_ ? drain_->grant(asked, request.now) : asked;
  if (allocation.is_running_out) granted = std::min(granted, allocation.next_expiry() - request.now);
  allocations_.set_expiry(allocation, family, request.now + granted);
  return granted;
}

TurnStatus TurnServer::check_peer(const Allocation& allocation,
                                  const std::optional<overlay::Endpoint>& peer) const {
  if (!peer) return overlay::Unexpected(Failure{400, "XOR-PEER-ADDRESS is malformed"});
  if (allocation.relayed_for(peer->address.family()) == nullptr)
    return overlay::Unexpected(Failure{443, "Peer Address Family Mismatch"});
  if (!config_.peer_policy.allows(peer->address)) return overlay::Unexpected(kForbidden);
  return overlay::Success{};
}

// All or nothing: every peer is checked before the first permission is installed (RFC 8656 section 10.2).
TurnStatus TurnServer::create_permission(const Request& request, Allocation& allocation) {
  std::vector<overlay::IpAddress> peers;
  std::vector<overlay::Endpoint> named;
  TurnStatus checked = overlay::Success{};
  request.message.for_each([&](std::uint16_t type, overlay::Bytes value) {
    if (type != static_cast<std::uint16_t>(StunAttribute::kXorPeerAddress) || !checked) return;
    const auto peer = request.message.decode_xor_address(value);
    checked = check_peer(allocation, peer);
    if (!checked) return;
    // Candidates of one host differ in their ports only: one permission.
    if (std::ranges::find(peers, peer->address) == peers.end()) peers.push_back(peer->address);
    if (allocation.shared_port) named.push_back(*peer);
  });
  if (!checked) return checked;
  if (peers.empty()) return overlay::Unexpected(Failure{400, "XOR-PEER-ADDRESS is missing"});
  if (!may_add_peers(allocation, peers, request.now) || !allocation.install_permissions(peers, request.now))
    return overlay::Unexpected(kInsufficientCapacity);
  if (allocation.shared_port) addresses_.shared().on_permissions(allocation, named, request.now);
  return overlay::Success{};
}

TurnStatus TurnServer::bind_channel(const Request& request, Allocation& allocation) {
  if (allocation.relays_tcp) return overlay::Unexpected(Failure{403, "a TCP allocation has no channels"});
  const auto number = request.message.find_u32(StunAttribute::kChannelNumber);
  const auto address = request.message.find(StunAttribute::kXorPeerAddress);
  if (!number || !address)
    return overlay::Unexpected(Failure{400, "CHANNEL-NUMBER and XOR-PEER-ADDRESS are needed"});
  const auto channel = static_cast<std::uint16_t>(*number >> 16);
  const auto range = config_.strict_channel_range ? ChannelRange::kRfc8656 : ChannelRange::kRfc5766;
  if (!is_channel_number(channel, range))
    return overlay::Unexpected(Failure{400, "the channel number is out of range"});
  const auto peer = request.message.decode_xor_address(*address);
  if (const auto checked = check_peer(allocation, peer); !checked) return checked;
  if (peer->port == 0) return overlay::Unexpected(Failure{400, "a channel needs the port of its peer"});
  if (config_.peer_policy.is_control(*peer)) return overlay::Unexpected(kForbidden);
  if (allocation.shared_port && addresses_.shared().is_taken(allocation, *peer, request.now))
    return overlay::Unexpected(kPeerTaken);
  if (!may_add_peers(allocation, {&peer->address, 1}, request.now))
    return overlay::Unexpected(kInsufficientCapacity);
  switch (allocation.bind_channel(ChannelNumber(channel), *peer, request.now)) {
    case Allocation::Bound::kOk:
      if (allocation.shared_port) addresses_.shared().on_channel(allocation, *peer, request.now);
      return overlay::Success{};
    case Allocation::Bound::kChannelTaken:
      return overlay::Unexpected(Failure{400, "the channel is bound to another peer"});
    case Allocation::Bound::kPeerTaken:
      return overlay::Unexpected(Failure{400, "the peer is bound to another channel"});
    case Allocation::Bound::kFull:
      break;
  }
  return overlay::Unexpected(kInsufficientCapacity);
}

TurnStatus TurnServer::connect(Request& request, Allocation& allocation) {
  if (!allocation.relays_tcp) return overlay::Unexpected(Failure{437, "Allocation Mismatch"});
  const auto peer = request.message.find_xor_address(StunAttribute::kXorPeerAddress);
  if (const auto checked = check_peer(allocation, peer); !checked) return checked;
  if (peer->port == 0) return overlay::Unexpected(Failure{400, "a connection needs the port of its peer"});
  if (config_.peer_policy.is_control(*peer) || is_unnamed_beside_us(*peer))
    return overlay::Unexpected(kForbidden);
  if (tcp_.has_connection(allocation.relayed, *peer)) return overlay::Unexpected(kConnectionExists);
  if (!may_add_peers(allocation, {&peer->address, 1}, request.now))
    return overlay::Unexpected(kInsufficientCapacity);
  return tcp_.connect(request, allocation.relayed, *peer);
}

// The relayed addresses have other allocations and other programs of this host at other ports, also within
// the range of relay ports. No firewall protects those programs from this server, so only a rule of the
// operator makes them peers.
bool TurnServer::is_unnamed_beside_us(const overlay::Endpoint& peer) const {
  const bool is_current = addresses_.address_of(peer.address.family()) == peer.address;
  const bool is_of_allocation = is_current && tcp_.is_relayed(peer);
  return (is_current || relays_from(peer.address)) && !is_of_allocation && !names_peer(peer.address);
}

bool TurnServer::may_add_peers(Allocation& allocation, std::span<const overlay::IpAddress> peers,
                               overlay::Instant now) {
  const auto added = std::ranges::count_if(
      peers, [&](const overlay::IpAddress& peer) { return !allocation.has_permission(peer, now); });
  return admission_.may_add_peers(allocation.admitted, static_cast<std::size_t>(added), now);
}

// ---- mobility: RFC 8016 section 3.2 ----

Allocation* TurnServer::find_by_ticket(const Request& request) {
  const auto ticket = request.message.find(StunAttribute::kMobilityTicket);
  if (!config_.mobility || !ticket || request.message.type().method != StunMethod::kRefresh) return nullptr;
  const auto holder = tickets_.holder_of(overlay::as_text(*ticket));
  return holder ? find(*holder, request.now) : nullptr;
}

void TurnServer::give_ticket(Allocation& allocation) {
  allocation.mobility = std::make_unique<Mobility>();
  allocation.mobility->ticket = tickets_.issue(allocation.five_tuple);
}

// Forgets the old 5-tuple at once. The RFC also allows to keep it until the client has used the new one, but
// then a client could have two.
overlay::Result<Allocation*, TurnFailure> TurnServer::move_here(const Request& request, Allocation* own) {
  const auto ticket = request.message.find(StunAttribute::kMobilityTicket);
  if (!config_.mobility || !ticket || request.message.type().method != StunMethod::kRefresh) return own;
  const bool is_retransmitted =
      own != nullptr && own->mobility && own->mobility->moved_by == request.message.transaction();
  Allocation* const meant = find_by_ticket(request);
  if (is_retransmitted || (meant != nullptr && meant == own)) return own;
  if (meant == nullptr || own != nullptr)
    return overlay::Unexpected(Failure{400, "MOBILITY-TICKET is of no allocation"});
  if (meant->username != request.username) return overlay::Unexpected(Failure{441, "Wrong Credentials"});

  allocations_.move(*meant, five_tuple_of(request.meta));
  tickets_.revoke(meant->mobility->ticket);
  give_ticket(*meant);
  meant->mobility->moved_by = request.message.transaction();
  return meant;
}

}  // namespace relay
