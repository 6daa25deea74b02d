#include "relay/turn/allocate_answer.h"

#include "overlay/base/wire.h"
#include "relay/admission/turn_request.h"
#include "relay/turn/allocate_request.h"

namespace relay {
namespace {

// ADDRESS-ERROR-CODE (section 18.12): why a dual allocation lacks that family.
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

void add_allocation(StunWriter& writer, const Allocation& allocation, overlay::Instant now) {
  writer.add_xor_address(StunAttribute::kXorRelayedAddress, allocation.relayed);
  if (allocation.second)
    writer.add_xor_address(StunAttribute::kXorRelayedAddress, allocation.second->endpoint);
  if (allocation.address_error != 0) {
    const bool got_v4 = allocation.relayed.address.is_v4();
    add_address_error(writer, got_v4 ? overlay::AddressFamily::kV6 : overlay::AddressFamily::kV4,
                      allocation.address_error);
  }
  add_lifetime(writer, allocation.expires_at - now);
  if (allocation.reservation_token != 0) {
    overlay::ByteArray<8> token;
    overlay::store_be(token.data(), allocation.reservation_token);
    writer.add(StunAttribute::kReservationToken, token);
  }
  if (allocation.mobility) writer.add_text(StunAttribute::kMobilityTicket, allocation.mobility->ticket);
}

}  // namespace relay
