#include "overlay/base/ip_prefix.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace overlay {
namespace {

[[nodiscard]] bool bit_at(Bytes octets, std::size_t index) {
  return (octets[index / 8] >> (7 - index % 8) & 1) != 0;
}

[[nodiscard]] bool has_bit_after(Bytes octets, std::size_t length) {
  for (std::size_t index = length; index < octets.size() * 8; ++index)
    if (bit_at(octets, index)) return true;
  return false;
}

}  // namespace

Result<IpPrefix> IpPrefix::parse(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return failure("\"" + std::string(text) + "\" " + std::string(why));
  };
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return bad("is not an address block; write 10.0.0.0/8 or 2001:db8::/32");
  const std::size_t bits = address->octets().size() * 8;
  if (slash == std::string_view::npos) return IpPrefix{*address, static_cast<std::uint8_t>(bits)};

  const std::string_view length_text = text.substr(slash + 1);
  std::uint8_t length = 0;
  const auto [end, error] =
      std::from_chars(length_text.data(), length_text.data() + length_text.size(), length);
  if (error != std::errc{} || end != length_text.data() + length_text.size() || length > bits)
    return bad("needs a length of 0 to " + std::to_string(bits) + " after the slash");
  if (has_bit_after(address->octets(), length))
    return bad("has address bits set after its length; set them to zero or lengthen the prefix");
  return IpPrefix{*address, length};
}

IpPrefix IpPrefix::around(const IpAddress& address, std::uint8_t length) {
  const Bytes octets = address.octets();
  const std::size_t bits = std::min<std::size_t>(length, octets.size() * 8);
  ByteArray<16> block{};
  std::copy_n(octets.begin(), bits / 8, block.begin());
  if (bits % 8 != 0) block[bits / 8] = static_cast<std::uint8_t>(octets[bits / 8] & 0xff << (8 - bits % 8));
  const auto masked = static_cast<std::uint8_t>(bits);
  if (address.is_v6()) return {IpAddress::v6(block), masked};
  if (!address.is_v4()) return {};
  return {IpAddress::v4({block[0], block[1], block[2], block[3]}), masked};
}

bool IpPrefix::contains(const IpAddress& candidate) const {
  if (candidate.family() != address.family()) return false;
  const Bytes own = address.octets();
  const Bytes other = candidate.octets();
  for (std::size_t index = 0; index < length; ++index)
    if (bit_at(own, index) != bit_at(other, index)) return false;
  return true;
}

std::string IpPrefix::to_string() const {
  return address.to_string() + "/" + std::to_string(length);
}

}  // namespace overlay
