// One value of the configuration from its text: what it may look like, and what to say when it does not.
#pragma once

#include <cstdint>
#include <optional>
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
// In the largest unit that divides it.
[[nodiscard]] std::string print_duration(overlay::Duration duration);

[[nodiscard]] Parsed<overlay::Endpoint> parse_endpoint(std::string_view text);
[[nodiscard]] Parsed<overlay::IpAddress> parse_address(std::string_view text);
[[nodiscard]] Parsed<overlay::IpPrefix> parse_prefix(std::string_view text);
// "49152-65535"; the first is at least 1024.
[[nodiscard]] Parsed<bool> parse_bool(std::string_view text);
[[nodiscard]] Parsed<PortRange> parse_port_range(std::string_view text);
// What a certificate may call a node: 1 to 40 of a-z, 0-9, '-' and '.'.
[[nodiscard]] Parsed<std::string> parse_name(std::string_view text);
// RFC 8489 section 14.9: a realm has at most 127 characters.
[[nodiscard]] Parsed<std::string> parse_realm(std::string_view text);
// As long as clients may send it.
[[nodiscard]] Parsed<std::string> parse_user_name(std::string_view text);
// Any text but what print_config() shows in place of a secret; a secret, which signs for all users, has at
// least 8 bytes.
[[nodiscard]] Parsed<Secret> parse_password(std::string_view text);
[[nodiscard]] Parsed<Secret> parse_secret(std::string_view text);
// The same, but not the secret of the examples (conf/*.yaml): who can read those could log in.
[[nodiscard]] Parsed<Secret> parse_own_secret(std::string_view text);
// 64 hexadecimal digits.
[[nodiscard]] Parsed<Secret> parse_nonce_key(std::string_view text);
// 32 hexadecimal digits, as turnadmin -k prints them.
[[nodiscard]] Parsed<Secret> parse_user_key(std::string_view text);
// Of both.
[[nodiscard]] std::string print_key(const Secret& key);
// 32 bytes in base64, as `causeway node enroll` prints it.
[[nodiscard]] Parsed<overlay::ByteArray<32>> parse_exchange_key(std::string_view text);
[[nodiscard]] std::string print_exchange_key(const overlay::ByteArray<32>& key);
// 1 to 4095 printable characters of ASCII, which every tool shows and every YAML file holds as they are.
[[nodiscard]] Parsed<std::string> parse_file_path(std::string_view text);
// A path that fits a Unix socket's address.
[[nodiscard]] Parsed<std::string> parse_socket_path(std::string_view text);
[[nodiscard]] Parsed<overlay::Level> parse_level(std::string_view text);
[[nodiscard]] std::string_view print_level(overlay::Level level);
[[nodiscard]] Parsed<DefaultFamily> parse_default_family(std::string_view text);
[[nodiscard]] std::string_view print_default_family(DefaultFamily family);
// The name of a network interface, whether it exists or not.
[[nodiscard]] Parsed<std::string> parse_interface(std::string_view text);
[[nodiscard]] Parsed<RelayPorts> parse_relay_ports(std::string_view text);
[[nodiscard]] std::string_view print_relay_ports(RelayPorts relay_ports);
// "500kbit", "8Mbit", "2Gbit" per second, as bytes per second; "none" is 0.
[[nodiscard]] Parsed<std::uint64_t> parse_bandwidth(std::string_view text);
[[nodiscard]] std::string print_bandwidth(std::uint64_t bytes_per_second);
// "true" or "false".
[[nodiscard]] Parsed<bool> parse_switch(std::string_view text);
// "off" is zero; otherwise 10us to 1ms.
[[nodiscard]] Parsed<overlay::Duration> parse_coalescing(std::string_view text);
[[nodiscard]] Parsed<overlay::Duration> parse_linger(std::string_view text);
// Of either: zero is off.
[[nodiscard]] std::string print_duration_or_off(overlay::Duration duration);
// "auto" is none.
[[nodiscard]] Parsed<std::optional<std::uint16_t>> parse_cores(std::string_view text);

// What print_config() shows in place of a secret.
inline constexpr std::string_view kHiddenSecret = "(hidden)";

}  // namespace relay
