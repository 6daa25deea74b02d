#include "relay/config/config_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <sodium.h>

namespace relay {
namespace {

using namespace std::chrono_literals;

struct Unit {
  std::string_view name;
  overlay::Duration length;
};
// Largest first, so that printing finds the shortest form.
constexpr std::array<Unit, 7> kUnits{
    {{"d", 24h}, {"h", 1h}, {"m", 1min}, {"s", 1s}, {"ms", 1ms}, {"us", 1us}, {"ns", 1ns}}};
constexpr overlay::Duration kLongestDuration = 24h * 3650;

[[nodiscard]] std::optional<std::uint32_t> parse_count(std::string_view text) {
  std::uint32_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return count;
}

[[nodiscard]] bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

[[nodiscard]] bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c != '\x7f'; });
}

}  // namespace

overlay::Unexpected<Complaint> complaint(std::string what, std::string remedy) {
  return overlay::Unexpected(Complaint{std::move(what), std::move(remedy)});
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  return '"' + std::string(text.substr(0, kLongest)) + (text.size() > kLongest ? "..." : "") + '"';
}

Parsed<overlay::Duration> parse_duration(std::string_view text) {
  constexpr std::string_view kRemedy = "write a number with us, ms, s, m, h or d, for example 10ms";
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(number) || number < 0)
    return complaint(quoted(text) + " is not a duration", std::string(kRemedy));
  const std::string_view unit_name = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit_name.empty()) return complaint(quoted(text) + " has no unit", std::string(kRemedy));
  const auto unit = std::find_if(kUnits.begin(), kUnits.end(), [&](auto& u) { return u.name == unit_name; });
  if (unit == kUnits.end()) return complaint(quoted(text) + " has an unknown unit", std::string(kRemedy));
  const double nanoseconds = number * static_cast<double>(unit->length.count());
  if (nanoseconds > static_cast<double>(kLongestDuration.count()))
    return complaint(quoted(text) + " is longer than ten years", "write a shorter duration");
  return overlay::Duration(std::llround(nanoseconds));
}

std::string print_duration(overlay::Duration duration) {
  for (const auto& [name, length] : kUnits)
    if (duration >= length && duration % length == overlay::Duration::zero())
      return std::to_string(duration / length) + std::string(name);
  return "0s";
}

Parsed<overlay::Duration> DurationRange::operator()(std::string_view text) const {
  auto duration = parse_duration(text);
  if (!duration || (*duration >= least && *duration <= most)) return duration;
  return complaint(quoted(text) + " is out of range",
                   "choose " + print_duration(least) + " to " + print_duration(most));
}

Parsed<std::uint32_t> CountRange::operator()(std::string_view text) const {
  const std::string remedy =
      "write a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  const auto count = parse_count(text);
  if (!count) return complaint(quoted(text) + " is not a whole number", remedy);
  if (*count < least || *count > most) return complaint(quoted(text) + " is out of range", remedy);
  return *count;
}

Parsed<overlay::Endpoint> parse_endpoint(std::string_view text) {
  const auto endpoint = overlay::Endpoint::parse(text);
  if (!endpoint)
    return complaint(quoted(text) + " is not an IP address with a port",
                     "write 192.0.2.1:3478 or [2001:db8::1]:3478");
  if (endpoint->port == 0) return complaint(quoted(text) + " has port 0", "write a port from 1 to 65535");
  return *endpoint;
}

Parsed<overlay::IpAddress> parse_address(std::string_view text) {
  const auto address = overlay::IpAddress::parse(text);
  if (!address)
    return complaint(quoted(text) + " is not an IP address",
                     "write 192.0.2.1 or 2001:db8::1, without a port");
  return *address;
}

Parsed<overlay::IpPrefix> parse_prefix(std::string_view text) {
  const auto prefix = overlay::IpPrefix::parse(text);
  if (!prefix) return complaint(prefix.error().message, "write a block such as 10.0.0.0/8 or 2001:db8::/32");
  return *prefix;
}

Parsed<PortRange> parse_port_range(std::string_view text) {
  constexpr std::uint32_t kFirstUnprivileged = 1024;
  const auto dash = text.find('-');
  const auto first = parse_count(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? std::nullopt : parse_count(text.substr(dash + 1));
  if (!first || !last) return complaint(quoted(text) + " is not a port range", "write 49152-65535");
  if (*first < kFirstUnprivileged || *last > 65535 || *first > *last)
    return complaint(quoted(text) + " is not a range within 1024-65535",
                     "write the lower port first, for example 49152-65535");
  return PortRange{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

std::string print_port_range(PortRange range) {
  return std::to_string(range.first) + "-" + std::to_string(range.last);
}

Parsed<std::string> parse_name(std::string_view text) {
  if (text.empty() || text.size() > 40 || !std::all_of(text.begin(), text.end(), is_name_character))
    return complaint(quoted(text) + " is not a name",
                     "write 1 to 40 of a-z, 0-9, '-' and '.', as in its certificate");
  return std::string(text);
}

Parsed<overlay::ByteArray<32>> parse_exchange_key(std::string_view text) {
  overlay::ByteArray<32> key{};
  std::size_t size = 0;
  const char* end = nullptr;
  const int status = sodium_base642bin(key.data(), key.size(), text.data(), text.size(), nullptr, &size, &end,
                                       sodium_base64_VARIANT_ORIGINAL);
  if (status != 0 || size != key.size() || end != text.data() + text.size())
    return complaint(quoted(text) + " is not an exchange key (32 bytes in base64)",
                     "copy it from the seed's certificate: causeway node show node.cert");
  return key;
}

std::string print_exchange_key(const overlay::ByteArray<32>& key) {
  std::string text(sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), key.data(), key.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the terminating zero
  return text;
}

Parsed<std::string> parse_file_path(std::string_view text) {
  if (text.empty() || text.size() > 4095 || !is_printable(text))
    return complaint("is not a file's path", "write a path of 1 to 4095 printable ASCII characters");
  return std::string(text);
}

Parsed<std::string> parse_socket_path(std::string_view text) {
  if (text.empty() || text.size() > 107 || !is_printable(text))
    return complaint(quoted(text) + " is not a socket's path", "write a path of at most 107 characters");
  return std::string(text);
}

// The kernel's own rule: dev_valid_name().
Parsed<std::string> parse_interface(std::string_view text) {
  constexpr std::size_t kMaxName = 15;
  const bool is_name = !text.empty() && text.size() <= kMaxName && text != "." && text != ".." &&
                       text.find_first_of("/: \t\n") == std::string_view::npos;
  if (is_name) return std::string(text);
  return complaint(quoted(text) + " is not the name of a network interface",
                   "write a name that `ip link` lists, such as eth0");
}

namespace {

struct BandwidthUnit {
  std::string_view name;
  std::uint64_t bits;
};
constexpr BandwidthUnit kBandwidthUnits[] = {
    {"Gbit", 1'000'000'000}, {"Mbit", 1'000'000}, {"kbit", 1'000}, {"bit", 1}};

}  // namespace

Parsed<std::uint64_t> parse_bandwidth(std::string_view text) {
  constexpr std::uint64_t kLeast = 8'000;
  if (text == "none") return std::uint64_t{0};
  for (const BandwidthUnit& unit : kBandwidthUnits) {
    if (!text.ends_with(unit.name)) continue;
    const auto number = parse_count(text.substr(0, text.size() - unit.name.size()));
    if (!number || *number * unit.bits < kLeast || *number * unit.bits % 8 != 0) break;
    return *number * unit.bits / 8;
  }
  return complaint(quoted(text) + " is not a bandwidth",
                   "write a whole number with kbit, Mbit or Gbit (per second, at least 8kbit), or none");
}

std::string print_bandwidth(std::uint64_t bytes_per_second) {
  if (bytes_per_second == 0) return "none";
  const std::uint64_t bits = 8 * bytes_per_second;
  const auto* const unit =
      std::ranges::find_if(kBandwidthUnits, [&](const BandwidthUnit& u) { return bits % u.bits == 0; });
  return std::to_string(bits / unit->bits) + std::string(unit->name);
}

Parsed<bool> parse_switch(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return complaint(quoted(text) + " is neither true nor false", "write true or false");
}

std::string print_switch(bool value) {
  return value ? "true" : "false";
}

}  // namespace relay
