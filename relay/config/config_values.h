// Single values of a configuration from their text and back. A Complaint says what is wrong with a text and
// what to write instead. Functions that read never repeat a secret.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "overlay/base/result.h"
#include "relay/config/config.h"

namespace relay {

struct Complaint {
  std::string what;
  std::string remedy;
};

template <typename T>
using Parsed = overlay::Result<T, Complaint>;

[[nodiscard]] overlay::Unexpected<Complaint> complaint(std::string what, std::string remedy);
// In quotes, cut after 60 bytes.
[[nodiscard]] std::string quoted(std::string_view text);

// Bounds are inclusive.
struct DurationRange {
  overlay::Duration least{};
  overlay::Duration most{};
  [[nodiscard]] Parsed<overlay::Duration> operator()(std::string_view text) const;
};

struct CountRange {
  std::uint32_t least = 0;
  std::uint32_t most = 0;
  [[nodiscard]] Parsed<std::uint32_t> operator()(std::string_view text) const;
};

// "10ms", "1.5s", "5m", "1h", "2d", "500us"; no sign, no blank.
[[nodiscard]] Parsed<overlay::Duration> parse_duration(std::string_view text);
// In the largest unit that divides the duration.
[[nodiscard]] std::string print_duration(overlay::Duration duration);

[[nodiscard]] Parsed<overlay::Endpoint> parse_endpoint(std::string_view text);
[[nodiscard]] Parsed<overlay::IpAddress> parse_address(std::string_view text);
[[nodiscard]] Parsed<overlay::IpPrefix> parse_prefix(std::string_view text);
// "true" or "false".
[[nodiscard]] Parsed<bool> parse_switch(std::string_view text);
[[nodiscard]] std::string print_switch(bool value);
// "49152-65535"; the first is at least 1024.
[[nodiscard]] Parsed<PortRange> parse_port_range(std::string_view text);
[[nodiscard]] std::string print_port_range(PortRange range);
// "500kbit", "8Mbit", "2Gbit" per second, as bytes per second; "none" is 0.
[[nodiscard]] Parsed<std::uint64_t> parse_bandwidth(std::string_view text);
[[nodiscard]] std::string print_bandwidth(std::uint64_t bytes_per_second);
// A node name as certificates have it: 1 to 40 of a-z, 0-9, '-' and '.'.
[[nodiscard]] Parsed<std::string> parse_name(std::string_view text);
// The name of a network interface, whether the interface exists or not.
[[nodiscard]] Parsed<std::string> parse_interface(std::string_view text);
// 1 to 4095 printable characters of ASCII, which every tool shows and every YAML file holds unchanged.
[[nodiscard]] Parsed<std::string> parse_file_path(std::string_view text);
// A path that fits a Unix socket's address.
[[nodiscard]] Parsed<std::string> parse_socket_path(std::string_view text);

// RFC 8489 section 14.9: a realm has at most 127 characters.
[[nodiscard]] Parsed<std::string> parse_realm(std::string_view text);
// A SOFTWARE attribute (RFC 8489 section 14.14): 1 to 64 bytes of UTF-8, so that answers stay small.
[[nodiscard]] Parsed<std::string> parse_software(std::string_view text);
// At most as long as clients may send it.
[[nodiscard]] Parsed<std::string> parse_user_name(std::string_view text);
// Any text except the one that print_config() shows in place of a secret. A secret signs for all users and
// has at least 8 bytes.
[[nodiscard]] Parsed<Secret> parse_password(std::string_view text);
[[nodiscard]] Parsed<Secret> parse_secret(std::string_view text);
// The same, except for the secret of the examples (conf/*.yaml): their readers could log in.
[[nodiscard]] Parsed<Secret> parse_own_secret(std::string_view text);
// 64 hexadecimal digits.
[[nodiscard]] Parsed<Secret> parse_nonce_key(std::string_view text);
// 32 hexadecimal digits, as turnadmin -k prints them.
[[nodiscard]] Parsed<Secret> parse_user_key(std::string_view text);
// A nonce key or user key in hexadecimal digits.
[[nodiscard]] std::string print_key(const Secret& key);
// 32 bytes in base64, as `causeway node enroll` prints them.
[[nodiscard]] Parsed<overlay::ByteArray<32>> parse_exchange_key(std::string_view text);
[[nodiscard]] std::string print_exchange_key(const overlay::ByteArray<32>& key);

// The text that print_config() shows in place of a secret.
inline constexpr std::string_view kHiddenSecret = "(hidden)";

}  // namespace relay
