#include "relay/turn/allocate_request.h"

#include "overlay/base/wire.h"

namespace relay {
namespace {

// IP protocol numbers (RFC 8656 section 18.8, RFC 6062 section 4.1).
constexpr std::uint8_t kTransportTcp = 6;
constexpr std::uint8_t kTransportUdp = 17;

overlay::Unexpected<TurnFailure> bad_request(std::string_view reason) {
  return overlay::Unexpected(TurnFailure{400, reason});
}

// Whether it is TCP.
overlay::Result<bool, TurnFailure> read_transport(const StunReader& message, const TcpRelayTerms& terms) {
  const auto transport = message.find(StunAttribute::kRequestedTransport);
  if (!transport || transport->size() != 4) return bad_request("REQUESTED-TRANSPORT is missing");
  if (transport->front() == kTransportUdp) return false;
  if (transport->front() == kTransportTcp && terms.is_enabled) return true;
  return overlay::Unexpected(TurnFailure{442, "Unsupported Transport Protocol"});
}

// RFC 6062 section 5.1; ADDITIONAL-ADDRESS-FAMILY is younger than that.
std::optional<TurnFailure> check_tcp(const StunReader& message, const TcpRelayTerms& terms) {
  if (!terms.is_on_stream) return TurnFailure{400, "a TCP allocation needs a client on TCP or TLS"};
  for (const auto excluded :
       {StunAttribute::kDontFragment, StunAttribute::kEvenPort, StunAttribute::kReservationToken,
        StunAttribute::kAdditionalAddressFamily, StunAttribute::kDraftAdditionalAddressFamily})
    if (message.has(excluded)) return TurnFailure{400, "an attribute is for UDP allocations only"};
  return std::nullopt;
}

std::optional<ReservationToken> read_token(overlay::Bytes value) {
  if (value.size() != 8) return std::nullopt;
  return overlay::load_be<std::uint64_t>(value.data());
}

}  // namespace

std::optional<ReservationToken> reservation_claimed_by(overlay::Bytes message) {
  constexpr std::uint16_t kType = encode_type({StunMethod::kAllocate, StunClass::kRequest});
  if (message.size() < kStunHeaderSize || overlay::load_be<std::uint16_t>(message.data()) != kType)
    return std::nullopt;
  const auto read = StunReader::parse(message);
  const auto token = read ? read->find(StunAttribute::kReservationToken) : std::nullopt;
  return token ? read_token(*token) : std::nullopt;
}

overlay::Result<overlay::AddressFamily, TurnFailure> read_family(overlay::Bytes value) {
  if (value.size() != 4) return bad_request("an address family has four bytes");
  if (value.front() == 0x01) return overlay::AddressFamily::kV4;
  if (value.front() == 0x02) return overlay::AddressFamily::kV6;
  return overlay::Unexpected(kFamilyNotSupported);
}

overlay::Result<AllocateRequest, TurnFailure> read_allocate(const StunReader& message,
                                                            const TcpRelayTerms& terms) {
  const auto wants_tcp = read_transport(message, terms);
  if (!wants_tcp) return overlay::Unexpected(wants_tcp.error());
  if (*wants_tcp)
    if (const auto failure = check_tcp(message, terms)) return overlay::Unexpected(*failure);
  const auto token = message.find(StunAttribute::kReservationToken);
  const auto even_port = message.find(StunAttribute::kEvenPort);
  const auto family = message.find(StunAttribute::kRequestedAddressFamily);
  auto additional = message.find(StunAttribute::kAdditionalAddressFamily);
  if (!additional) additional = message.find(StunAttribute::kDraftAdditionalAddressFamily);
  if (token && (even_port || family || additional))
    return bad_request("RESERVATION-TOKEN excludes EVEN-PORT and address families");
  if (family && additional) return bad_request("REQUESTED-ADDRESS-FAMILY excludes ADDITIONAL-ADDRESS-FAMILY");

  AllocateRequest request;
  request.wants_tcp = *wants_tcp;
  if (token) {
    request.token = read_token(*token);
    if (!request.token) return bad_request("RESERVATION-TOKEN has eight bytes");
  }
  if (family) {
    const auto read = read_family(*family);
    if (!read) return overlay::Unexpected(read.error());
    request.family = *read;
  }
  if (additional) {
    // Section 18.11: IPv6 is the only value.
    if (additional->size() != 4 || additional->front() != 0x02)
      return bad_request("ADDITIONAL-ADDRESS-FAMILY is IPv6");
    request.is_dual = true;
  }
  if (even_port) {
    if (even_port->size() != 1) return bad_request("EVEN-PORT has one byte");
    request.wants_even_port = true;
    request.reserves_next_port = (even_port->front() & 0x80) != 0;
  }
  if (const auto ticket = message.find(StunAttribute::kMobilityTicket)) {
    // RFC 8016 section 3.1.1.
    if (!ticket->empty()) return bad_request("MOBILITY-TICKET of an Allocate is empty");
    request.wants_ticket = true;
  }
  if (request.is_dual && request.reserves_next_port)
    return bad_request("ADDITIONAL-ADDRESS-FAMILY excludes the reservation of EVEN-PORT");
  return request;
}

}  // namespace relay
