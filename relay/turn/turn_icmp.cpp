// ICMP errors for clients (RFC 8656 sections 11.5 and 18.13).
#include "overlay/base/wire.h"
#include "relay/stun/stun_writer.h"
#include "relay/turn/turn_server.h"

namespace relay {
namespace {

constexpr std::uint8_t kUnreachableV4 = 3;
constexpr std::uint8_t kTimeExceededV4 = 11;
constexpr std::uint8_t kFragmentationNeededV4 = 4;  // a code of kUnreachableV4
constexpr std::uint8_t kUnreachableV6 = 1;
constexpr std::uint8_t kTooBigV6 = 2;
constexpr std::uint8_t kTimeExceededV6 = 3;

// Section 11.5: no other types.
bool is_passed_on(const overlay::IcmpError& error) {
  if (error.remote.address.is_v4()) return error.type == kUnreachableV4 || error.type == kTimeExceededV4;
  return error.type == kUnreachableV6 || error.type == kTooBigV6 || error.type == kTimeExceededV6;
}

bool has_mtu(const overlay::IcmpError& error) {
  return error.remote.address.is_v4() ? error.type == kUnreachableV4 && error.code == kFragmentationNeededV4
                                      : error.type == kTooBigV6;
}

//   |           reserved            | ICMP type, 7  |  ICMP code, 9   |
//   |                    error data: the MTU, or zero                 |
overlay::ByteArray<8> icmp_value(const overlay::IcmpError& error) {
  overlay::ByteArray<8> value{};
  overlay::store_be(value.data() + 2, static_cast<std::uint16_t>((error.type & 0x7f) << 9 | error.code));
  overlay::store_be(value.data() + 4, has_mtu(error) ? error.mtu : 0);
  return value;
}

}  // namespace

TurnVerdict TurnServer::on_peer_unreachable(const overlay::IcmpError& error, overlay::PacketBuffer& out,
                                            overlay::Instant now) {
  if (!is_passed_on(error)) return drop(TurnDrop::kUnexpected);
  const auto found = find_receiver(error.local, error.remote, now);
  if (!found) return drop(found.error());
  const Allocation& allocation = **found;
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

}  // namespace relay
