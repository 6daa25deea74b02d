// A block of IP addresses, such as 10.0.0.0/8 or 2001:db8::/32.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "overlay/base/endpoint.h"
#include "overlay/base/result.h"

namespace overlay {

struct IpPrefix {
  IpAddress address;  // all bits after `length` are zero
  std::uint8_t length = 0;

  // "10.0.0.0/8", "2001:db8::/32". An address without a length is a block of one address. A set bit after the
  // length is an error, because the writer probably meant another block.
  [[nodiscard]] static Result<IpPrefix> parse(std::string_view text);
  // The block of `length` bits, or of one address if that is shorter, that has the address in it.
  [[nodiscard]] static IpPrefix around(const IpAddress& address, std::uint8_t length);
  [[nodiscard]] bool contains(const IpAddress& candidate) const;
  [[nodiscard]] std::string to_string() const;
  auto operator<=>(const IpPrefix&) const = default;
};

}  // namespace overlay
