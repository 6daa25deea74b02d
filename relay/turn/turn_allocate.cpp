// Allocate of TurnServer (RFC 8656 sections 7.2 and 7.3).
#include <algorithm>
#include <utility>

#include "overlay/base/wire.h"
#include "relay/turn/turn_server.h"

namespace relay {
namespace {

// ADDRESS-ERROR-CODE (section 18.12): why a dual allocation has not got that family.
void add_address_error(StunWriter& writer, overlay::AddressFamily family, int code) {
  const std::string_view reason = code == 440 ? kFamilyNotSupported.reason : kInsufficientCapacity.reason;
  overlay::ByteArray<64> storage;
  overlay::ByteWriter value(storage);
  value.u8(family_number(family));
  value.u8(0);
  value.u8(static_cast<std::uint8_t>(code / 100));
  value.u8(static_cast<std::uint8_t>(code % 100));
  value.bytes(overlay::as_bytes(reason));
  writer.add(StunAttribute::kAddressErrorCode, value.written());
}

}  // namespace

std::optional<TurnFailure> TurnServer::allocate(Request& request) {
  const StunReader& message = request.message;
  const FiveTuple tuple = five_tuple_of(request.meta);
  if (const Allocation* existing = find(tuple, request.now)) {
    if (existing->allocated_by == message.transaction() && existing->username == request.username)
      return std::nullopt;  // retransmitted
    return Failure{437, "Allocation Mismatch"};
  }
  const auto asked = read_allocate(message, tcp_terms(request));
  if (!asked) return asked.error();
  if (drain_ || allocations_by_client_.size() >= config_.max_allocations) return kInsufficientCapacity;
  auto admitted = admission_.admit(request);
  if (!admitted) return admitted.error();

  auto allocation = std::make_unique<Allocation>();
  if (const auto failure = open_relayed(request, *asked, *allocation)) return failure;
  allocation->five_tuple = tuple;
  allocation->created_at = request.now;
  allocation->username = request.username;
  allocation->admitted = std::move(admitted).value();
  allocation->max_permissions = config_.limits.permissions;
  allocation->max_channels = config_.limits.channels;
  allocation->key = request.key;
  allocation->allocated_by = message.transaction();
  const overlay::Instant until = request.now + lifetime_of(message);
  allocation->expires_at = until;
  if (!allocation->shared_port) by_relayed(*allocation)[allocation->relayed] = allocation.get();
  if (allocation->second) {
    allocation->second->expires_at = until;
    allocations_by_relayed_[allocation->second->endpoint] = allocation.get();
  }
  if (asked->wants_ticket && config_.mobility && !asked->wants_tcp) give_ticket(*allocation);
  deadlines_.insert({until, tuple});
  allocations_by_client_[tuple] = std::move(allocation);
  return std::nullopt;
}

// Opens what was asked for and notes it in the allocation.
std::optional<TurnFailure> TurnServer::open_relayed(const Request& request, const AllocateRequest& asked,
                                                    Allocation& allocation) {
  if (asked.token) {
    const auto claimed = ports_.claim(*asked.token, request.username, request.now);
    if (!claimed) return kInsufficientCapacity;
    allocation.relayed = *claimed;
    return std::nullopt;
  }
  if (asked.is_dual) return open_dual(asked, allocation);
  const auto family = asked.family.value_or(default_family(request));
  const auto address = relay_address(family);
  if (!address) return kFamilyNotSupported;
  if (asked.reserves_next_port) {
    const auto pair = ports_.open_pair(*address, request.username, request.now);
    if (!pair) return kInsufficientCapacity;
    allocation.relayed = pair->relayed;
    allocation.reservation_token = pair->token;
    return std::nullopt;
  }
  if (may_share(asked) && shared_ports_.join(allocation, *address, config_.shared_relay_ports))
    return std::nullopt;
  allocation.relays_tcp = asked.wants_tcp;
  const auto opened = asked.wants_tcp ? open_tcp(*address) : ports_.open(*address, asked.wants_even_port);
  if (!opened) return kInsufficientCapacity;
  allocation.relayed = *opened;
  return std::nullopt;
}

// What asks for nothing but one relayed address for datagrams; shared ports are even.
bool TurnServer::may_share(const AllocateRequest& asked) const {
  const bool may_move = asked.wants_ticket && config_.mobility;
  return config_.shared_relay_ports > 0 && !asked.wants_tcp && !may_move;
}

// One address of two is a success; the answer then says what became of the other. None is 508, even where
// only one family is served: 440 would keep the client from asking again (RFC 8656 sections 7.2 and 7.4).
std::optional<TurnFailure> TurnServer::open_dual(const AllocateRequest& asked, Allocation& allocation) {
  std::optional<Failure> failure;
  std::vector<overlay::Endpoint> opened;
  for (const auto family : {overlay::AddressFamily::kV4, overlay::AddressFamily::kV6}) {
    const auto address = relay_address(family);
    const auto endpoint = address ? ports_.open(*address, asked.wants_even_port) : std::nullopt;
    if (endpoint)
      opened.push_back(*endpoint);
    else
      failure = address ? kInsufficientCapacity : kFamilyNotSupported;
  }
  if (opened.empty()) return kInsufficientCapacity;
  allocation.relayed = opened.front();
  if (opened.size() == 2) allocation.second = RelayedAddress{.endpoint = opened.back()};
  if (failure) allocation.address_error = static_cast<std::uint16_t>(failure->code);
  return std::nullopt;
}

std::optional<overlay::IpAddress> TurnServer::relay_address(overlay::AddressFamily family) const {
  const auto found = std::ranges::find(config_.relay_addresses, family, &overlay::IpAddress::family);
  if (found == config_.relay_addresses.end()) return std::nullopt;
  return *found;
}

// RFC 8656 section 7.2 gives IPv4 when no family is asked for, or 440. Browsers never ask, so here it is the
// family of the client's own socket, or else what the server has, unless the configuration holds to the RFC.
overlay::AddressFamily TurnServer::default_family(const Request& request) const {
  if (config_.defaults_to_ipv4) return overlay::AddressFamily::kV4;
  const auto wanted = request.meta.local.address.family();
  if (relay_address(wanted) || config_.relay_addresses.empty()) return wanted;
  return config_.relay_addresses.front().family();
}

// RFC 8656 section 7.2: what is asked for, within the default and the maximum. Who asks for nothing gets the
// default there; here it may be less, so that clients come back sooner.
overlay::Duration TurnServer::lifetime_of(const StunReader& message) const {
  const auto requested = message.find_u32(StunAttribute::kLifetime);
  if (!requested) return config_.unasked_lifetime;
  const overlay::Duration asked = std::chrono::seconds(*requested);
  return std::max(config_.default_lifetime, std::min(asked, config_.max_lifetime));
}

overlay::Bytes TurnServer::answer_allocate(const Request& request, overlay::MutableBytes out) {
  const Allocation* allocation = find(five_tuple_of(request.meta), request.now);
  CHECK(allocation != nullptr);
  StunWriter writer(out, {StunMethod::kAllocate, StunClass::kSuccess}, request.message.transaction());
  writer.add_xor_address(StunAttribute::kXorRelayedAddress, allocation->relayed);
  if (allocation->second)
    writer.add_xor_address(StunAttribute::kXorRelayedAddress, allocation->second->endpoint);
  if (allocation->address_error != 0) {
    const bool got_v4 = allocation->relayed.address.is_v4();
    add_address_error(writer, got_v4 ? overlay::AddressFamily::kV6 : overlay::AddressFamily::kV4,
                      allocation->address_error);
  }
  add_lifetime(writer, allocation->expires_at - request.now);
  if (allocation->reservation_token != 0) {
    overlay::ByteArray<8> token;
    overlay::store_be(token.data(), allocation->reservation_token);
    writer.add(StunAttribute::kReservationToken, token);
  }
  if (allocation->mobility) writer.add_text(StunAttribute::kMobilityTicket, allocation->mobility->ticket);
  writer.add_xor_address(StunAttribute::kXorMappedAddress, request.meta.source);
  finish_answer(writer, request, config_.software);
  return writer.written();
}

}  // namespace relay
