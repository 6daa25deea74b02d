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
  [[nodiscard]] std::size_t hash() const {
    std::array<std::uint64_t, 2> words;
    std::memcpy(words.data(), octets_.data(), sizeof words);
    std::uint64_t mixed = (words[0] + static_cast<std::uint64_t>(family_)) * 0x9e3779b97f4a7c15;
    mixed = ((mixed ^ mixed >> 32) + words[1]) * 0xbf58476d1ce4e5b9;
    return mixed ^ mixed >> 29;
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
  auto operator<=>(const Endpoint&) const = default;
};

}  // namespace overlay

template <>
struct std::hash<overlay::IpAddress> {
  std::size_t operator()(const overlay::IpAddress& address) const noexcept { return address.hash(); }
};
template <>
struct std::hash<overlay::Endpoint> {
  std::size_t operator()(const overlay::Endpoint& endpoint) const noexcept {
    const std::size_t mixed = (endpoint.address.hash() + endpoint.port) * 0x9e3779b97f4a7c15;
    return mixed ^ mixed >> 32;
  }
};
