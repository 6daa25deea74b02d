// IP addresses and transport addresses, IPv4 and IPv6, as values. An IPv4 address never equals its
// IPv4-mapped IPv6 form; relay/admission/peer_policy classifies embedded addresses.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "overlay/base/bytes.h"
#include "overlay/base/keyed_hash.h"
#include "overlay/base/result.h"

namespace overlay {

enum class AddressFamily : std::uint8_t { kNone = 0, kV4 = 4, kV6 = 6 };

class IpAddress {
 public:
  constexpr IpAddress() = default;
  [[nodiscard]] static IpAddress v4(const ByteArray<4>& octets);
  [[nodiscard]] static IpAddress v6(const ByteArray<16>& octets);
  // "10.1.2.3" or "2001:db8::1", no zone, no brackets.
  [[nodiscard]] static Result<IpAddress> parse(std::string_view text);

  [[nodiscard]] AddressFamily family() const { return family_; }
  [[nodiscard]] bool is_v4() const { return family_ == AddressFamily::kV4; }
  [[nodiscard]] bool is_v6() const { return family_ == AddressFamily::kV6; }
  [[nodiscard]] bool is_unspecified() const;
  // 4 or 16 bytes; empty without an address.
  [[nodiscard]] Bytes octets() const;
  [[nodiscard]] std::string to_string() const;
  // Adds the address, with `port` for an endpoint: one word for IPv4, three words for IPv6.
  KeyedHash& add_to(KeyedHash& hash, std::uint16_t port = 0) const {
    std::array<std::uint64_t, 2> words;
    std::memcpy(words.data(), octets_.data(), sizeof words);
    const std::uint64_t first = static_cast<std::uint64_t>(family_) << 48 | std::uint64_t{port} << 32;
    if (is_v4()) return hash.add(first | static_cast<std::uint32_t>(words[0]));
    return hash.add(first).add(words[0]).add(words[1]);
  }
  auto operator<=>(const IpAddress&) const = default;

 private:
  AddressFamily family_ = AddressFamily::kNone;
  std::array<std::uint8_t, 16> octets_{};
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;

  // "10.1.2.3:3478" or "[2001:db8::1]:3478".
  [[nodiscard]] static Result<Endpoint> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
  KeyedHash& add_to(KeyedHash& hash) const { return address.add_to(hash, port); }
  auto operator<=>(const Endpoint&) const = default;
};

}  // namespace overlay

template <>
struct std::hash<overlay::IpAddress> {
  std::size_t operator()(const overlay::IpAddress& address) const {
    overlay::KeyedHash keyed;
    return address.add_to(keyed).finish();
  }
};
template <>
struct std::hash<overlay::Endpoint> {
  std::size_t operator()(const overlay::Endpoint& endpoint) const {
    overlay::KeyedHash keyed;
    return endpoint.add_to(keyed).finish();
  }
};
