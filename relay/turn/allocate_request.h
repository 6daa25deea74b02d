// Reads an Allocate request, and rejects a request by its attributes alone (RFC 8656 section 7.2, in its
// order).
#pragma once

#include <optional>

#include "overlay/base/result.h"
#include "relay/admission/turn_request.h"
#include "relay/turn/relayed_ports.h"

namespace relay {

struct AllocateRequest {
  bool wants_tcp = false;  // RFC 6062
  std::optional<ReservationToken> token;
  bool wants_even_port = false;
  bool reserves_next_port = false;
  // REQUESTED-ADDRESS-FAMILY; none when it is absent.
  std::optional<overlay::AddressFamily> family;
  bool wants_ticket = false;  // an empty MOBILITY-TICKET
  bool is_dual = false;       // ADDITIONAL-ADDRESS-FAMILY: one IPv4 address and one IPv6 address
};

// Whether a TCP allocation may be had here, by this client.
struct TcpRelayTerms {
  bool is_enabled = false;
  bool is_on_stream = false;  // TCP or TLS
};

[[nodiscard]] overlay::Result<AllocateRequest, TurnFailure> read_allocate(const StunReader& message,
                                                                          const TcpRelayTerms& terms);

// The token of an Allocate request that claims a reserved port; nothing for any other message.
[[nodiscard]] std::optional<ReservationToken> reservation_claimed_by(overlay::Bytes message);

// REQUESTED-ADDRESS-FAMILY and its like (section 18.6); 440 when the family is none that there is.
[[nodiscard]] overlay::Result<overlay::AddressFamily, TurnFailure> read_family(overlay::Bytes value);
[[nodiscard]] constexpr std::uint8_t family_number(overlay::AddressFamily family) {
  return family == overlay::AddressFamily::kV4 ? 0x01 : 0x02;
}

inline constexpr TurnFailure kFamilyNotSupported{440, "Address Family not Supported"};
inline constexpr TurnFailure kInsufficientCapacity{508, "Insufficient Capacity"};

}  // namespace relay
