#include "tools/import_coturn/address_range.h"

#include <algorithm>
#include <array>
#include <string>

namespace cli {
namespace {

using overlay::IpAddress;
using overlay::IpPrefix;

// An address of either family as a number of `size` octets, most significant first.
struct Number {
  std::array<std::uint8_t, 16> octets{};
  std::size_t size = 0;

  explicit Number(const IpAddress& address) : size(address.octets().size()) {
    std::ranges::copy(address.octets(), octets.begin());
  }
  [[nodiscard]] std::size_t bits() const { return size * 8; }
  [[nodiscard]] bool bit(std::size_t index) const { return (octets[index / 8] >> (7 - index % 8) & 1) != 0; }
  [[nodiscard]] std::size_t trailing_zeros() const {
    std::size_t count = 0;
    while (count < bits() && !bit(bits() - 1 - count))
      ++count;
    return count;
  }
  // The last address of the block with that length that begins here.
  [[nodiscard]] Number last_of_block(std::size_t length) const {
    Number last = *this;
    for (std::size_t index = length; index < bits(); ++index)
      last.octets[index / 8] = static_cast<std::uint8_t>(last.octets[index / 8] | 1u << (7 - index % 8));
    return last;
  }
  // False when it wrapped.
  bool increment() {
    for (std::size_t i = size; i-- > 0;)
      if (++octets[i] != 0) return true;
    return false;
  }
  [[nodiscard]] IpAddress address() const {
    if (size == 16) return IpAddress::v6(octets);
    return IpAddress::v4({octets[0], octets[1], octets[2], octets[3]});
  }
  bool operator<=(const Number& other) const { return octets <= other.octets; }
};

std::vector<IpPrefix> cover(Number first, const Number& last) {
  std::vector<IpPrefix> blocks;
  do {
    std::size_t length = first.bits() - first.trailing_zeros();
    while (!(first.last_of_block(length) <= last))
      ++length;
    blocks.push_back({.address = first.address(), .length = static_cast<std::uint8_t>(length)});
    first = first.last_of_block(length);
  } while (first.increment() && first <= last);
  return blocks;
}

}  // namespace

std::string range_of(const IpPrefix& block) {
  return block.address.to_string() + "-" +
         Number(block.address).last_of_block(block.length).address().to_string();
}

overlay::Result<std::vector<IpPrefix>> blocks_of(std::string_view range) {
  const auto dash = range.find('-');
  if (dash == std::string_view::npos) {
    const auto block = IpPrefix::parse(range);
    if (!block) return overlay::failure(block.error().message);
    return std::vector{*block};
  }
  const auto first = IpAddress::parse(range.substr(0, dash));
  const auto last = IpAddress::parse(range.substr(dash + 1));
  if (!first || !last || first->family() != last->family())
    return overlay::failure("is not a range of addresses of one family");
  if (!(Number(*first) <= Number(*last))) return overlay::failure("runs from a higher to a lower address");
  return cover(Number(*first), Number(*last));
}

}  // namespace cli
