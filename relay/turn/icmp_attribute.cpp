#include "relay/turn/icmp_attribute.h"

#include "overlay/base/wire.h"

namespace relay {
namespace {

constexpr std::uint8_t kUnreachableV4 = 3;
constexpr std::uint8_t kTimeExceededV4 = 11;
constexpr std::uint8_t kFragmentationNeededV4 = 4;  // a code of kUnreachableV4
constexpr std::uint8_t kUnreachableV6 = 1;
constexpr std::uint8_t kTooBigV6 = 2;
constexpr std::uint8_t kTimeExceededV6 = 3;

bool has_mtu(const overlay::IcmpError& error) {
  return error.remote.address.is_v4() ? error.type == kUnreachableV4 && error.code == kFragmentationNeededV4
                                      : error.type == kTooBigV6;
}

}  // namespace

bool is_for_clients(const overlay::IcmpError& error) {
  if (error.remote.address.is_v4()) return error.type == kUnreachableV4 || error.type == kTimeExceededV4;
  return error.type == kUnreachableV6 || error.type == kTooBigV6 || error.type == kTimeExceededV6;
}

overlay::ByteArray<8> icmp_value(const overlay::IcmpError& error) {
  overlay::ByteArray<8> value{};
  overlay::store_be(value.data() + 2, static_cast<std::uint16_t>((error.type & 0x7f) << 9 | error.code));
  overlay::store_be(value.data() + 4, has_mtu(error) ? error.mtu : 0);
  return value;
}

}  // namespace relay
