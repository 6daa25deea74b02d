// The kinds of values that a configuration has. A kind reads a value from its text, prints the value so that
// it reads the same again, and says in words which texts are accepted:
//
//   Parsed<Value> parse(std::string_view text) const;   or parse(text, const Origin&)
//   std::string print(const Value& value) const;
//   std::string values() const;                         "whole number, 1 to 4096"
//   bool is_absent(const Value& value) const;           optional: the value means that the key is not written
#pragma once

#include <algorithm>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/config_values.h"

namespace relay {

// Where a value was written, for kinds whose meaning depends on it.
struct Origin {
  const std::filesystem::path& folder;  // of the configuration file; relative paths count from here
  Purpose purpose = Purpose::kShow;
  int line = 0;  // of the key, from 1
};

// A value with one written form.
template <auto kParse, auto kPrint>
struct WrittenValue {
  [[nodiscard]] auto parse(std::string_view text) const { return kParse(text); }
  [[nodiscard]] std::string print(const auto& value) const { return std::string(kPrint(value)); }
};

inline constexpr auto kPrintItself = [](const auto& value) { return value.to_string(); };
inline constexpr auto kPrintText = [](const std::string& text) { return text; };
inline constexpr auto kRevealSecret = [](const Secret& secret) { return secret.reveal(); };

struct EndpointValue : WrittenValue<parse_endpoint, kPrintItself> {
  [[nodiscard]] std::string values() const { return "IP address and port"; }
};

struct AddressValue : WrittenValue<parse_address, kPrintItself> {
  [[nodiscard]] std::string values() const { return "IP address"; }
};

struct PrefixValue : WrittenValue<parse_prefix, kPrintItself> {
  [[nodiscard]] std::string values() const { return "block of IP addresses, such as 10.0.0.0/8"; }
};

struct SwitchValue : WrittenValue<parse_switch, print_switch> {
  [[nodiscard]] std::string values() const { return "true or false"; }
};

struct PortRangeValue : WrittenValue<parse_port_range, print_port_range> {
  [[nodiscard]] std::string values() const { return "FIRST-LAST, ports from 1024 to 65535"; }
};

struct BandwidthValue : WrittenValue<parse_bandwidth, print_bandwidth> {
  [[nodiscard]] std::string values() const {
    return "whole number with kbit, Mbit or Gbit per second, at least 8kbit; or none";
  }
};

struct NodeNameValue : WrittenValue<parse_name, kPrintText> {
  [[nodiscard]] std::string values() const { return "1 to 40 of a-z, 0-9, '-' and '.'"; }
};

struct InterfaceValue : WrittenValue<parse_interface, kPrintText> {
  [[nodiscard]] std::string values() const { return "network interface, such as eth0"; }
};

struct RealmValue : WrittenValue<parse_realm, kPrintText> {
  [[nodiscard]] std::string values() const { return "1 to 127 characters of UTF-8"; }
};

struct SoftwareValue : WrittenValue<parse_software, kPrintText> {
  [[nodiscard]] std::string values() const { return "1 to 64 bytes of UTF-8"; }
};

struct UserNameValue : WrittenValue<parse_user_name, kPrintText> {
  [[nodiscard]] std::string values() const;
};

struct ExchangeKeyValue : WrittenValue<parse_exchange_key, print_exchange_key> {
  [[nodiscard]] std::string values() const { return "32 bytes in base64"; }
};

struct NonceKeyValue : WrittenValue<parse_nonce_key, print_key> {
  [[nodiscard]] std::string values() const { return "64 hexadecimal digits"; }
};

// A secret that is not written where another one takes its place.
template <auto kParse, auto kPrint>
struct OptionalSecret : WrittenValue<kParse, kPrint> {
  [[nodiscard]] bool is_absent(const Secret& secret) const { return secret.empty(); }
};

struct PasswordValue : OptionalSecret<parse_password, kRevealSecret> {
  [[nodiscard]] std::string values() const { return "1 to 1024 bytes of UTF-8"; }
};

struct UserKeyValue : OptionalSecret<parse_user_key, print_key> {
  [[nodiscard]] std::string values() const { return "32 hexadecimal digits"; }
};

struct RestSecretValue {
  [[nodiscard]] Parsed<Secret> parse(std::string_view text, const Origin& origin) const {
    return origin.purpose == Purpose::kUse ? parse_own_secret(text) : parse_secret(text);
  }
  [[nodiscard]] std::string print(const Secret& secret) const { return secret.reveal(); }
  [[nodiscard]] std::string values() const { return "8 to 1024 bytes of UTF-8"; }
};

struct CountValue {
  std::uint32_t least = 0;
  std::uint32_t most = 0;

  [[nodiscard]] Parsed<std::uint32_t> parse(std::string_view text) const {
    return CountRange{least, most}(text);
  }
  [[nodiscard]] std::string print(std::uint32_t count) const { return std::to_string(count); }
  [[nodiscard]] std::string values() const {
    return "whole number, " + std::to_string(least) + " to " + std::to_string(most);
  }
};

struct DurationValue {
  overlay::Duration least{};
  overlay::Duration most{};

  [[nodiscard]] Parsed<overlay::Duration> parse(std::string_view text) const {
    return DurationRange{least, most}(text);
  }
  [[nodiscard]] std::string print(overlay::Duration duration) const { return print_duration(duration); }
  [[nodiscard]] std::string values() const {
    return "duration, " + print_duration(least) + " to " + print_duration(most);
  }
};

// A file, relative to the folder of the configuration.
struct FileValue {
  [[nodiscard]] Parsed<FileReference> parse(std::string_view text, const Origin& origin) const;
  [[nodiscard]] std::string print(const FileReference& file) const { return file.path; }
  [[nodiscard]] std::string values() const { return "path of a file"; }
  [[nodiscard]] bool is_absent(const FileReference& file) const { return file.empty(); }
};

struct SocketValue {
  [[nodiscard]] Parsed<std::string> parse(std::string_view text, const Origin& origin) const;
  [[nodiscard]] std::string print(const std::string& path) const { return path; }
  [[nodiscard]] std::string values() const { return "path of at most 107 characters"; }
};

// A folder that the daemon writes to.
struct FolderValue {
  [[nodiscard]] Parsed<std::string> parse(std::string_view text, const Origin& origin) const;
  [[nodiscard]] std::string print(const std::string& path) const { return path; }
  [[nodiscard]] std::string values() const { return "path of a folder"; }
  [[nodiscard]] bool is_absent(const std::string& path) const { return path.empty(); }
};

// A file that the daemon writes, or standard output.
struct OutputValue {
  [[nodiscard]] Parsed<std::string> parse(std::string_view text, const Origin& origin) const;
  [[nodiscard]] std::string print(const std::string& to) const { return to; }
  [[nodiscard]] std::string values() const { return "path of a file, or stdout"; }
  [[nodiscard]] bool is_absent(const std::string& to) const { return to.empty(); }
};

template <typename Value>
struct Word {
  Value value;
  std::string_view text;
};

// One of a few words.
template <typename Value>
struct ChoiceValue {
  std::span<const Word<Value>> words;
  std::string_view what;  // "a log level"

  [[nodiscard]] Parsed<Value> parse(std::string_view text) const {
    for (const Word<Value>& word : words)
      if (word.text == text) return word.value;
    return complaint(quoted(text) + " is not " + std::string(what), "write " + values());
  }
  [[nodiscard]] std::string print(Value value) const {
    const auto found = std::ranges::find(words, value, &Word<Value>::value);
    return std::string(found == words.end() ? words.front().text : found->text);
  }
  [[nodiscard]] std::string values() const {
    std::string joined;
    for (const Word<Value>& word : words) {
      const bool is_last = &word == &words.back() && words.size() > 1;
      joined += (joined.empty() ? "" : is_last ? " or " : ", ") + std::string(word.text);
    }
    return joined;
  }
};

// A value of another kind, or a word for the empty value: "off" for a duration of 0, "auto" for nullopt.
template <typename Value, typename Kind>
struct WordOr {
  std::string_view word;
  Kind kind;

  [[nodiscard]] Parsed<Value> parse(std::string_view text) const {
    if (text == word) return Value{};
    const auto parsed = kind.parse(text);
    if (parsed) return Value(*parsed);
    return complaint(parsed.error().what, parsed.error().remedy + ", or " + std::string(word));
  }
  [[nodiscard]] std::string print(const Value& value) const {
    if (value == Value{}) return std::string(word);
    if constexpr (requires { *value; })
      return kind.print(*value);
    else
      return kind.print(value);
  }
  [[nodiscard]] std::string values() const { return kind.values() + ", or " + std::string(word); }
};
template <typename Value, typename Kind>
[[nodiscard]] constexpr WordOr<Value, Kind> word_or(std::string_view word, Kind kind) {
  return {word, kind};
}

// A value that may be left out: nullopt.
template <typename Kind>
struct OptionalValue {
  Kind kind;

  [[nodiscard]] auto parse(std::string_view text) const {
    const auto parsed = kind.parse(text);
    using Value = std::optional<std::remove_cvref_t<decltype(*parsed)>>;
    return parsed ? Parsed<Value>(Value(*parsed)) : Parsed<Value>(overlay::Unexpected(parsed.error()));
  }
  [[nodiscard]] std::string print(const auto& value) const { return kind.print(*value); }
  [[nodiscard]] std::string values() const { return kind.values(); }
  [[nodiscard]] bool is_absent(const auto& value) const { return !value.has_value(); }
};
template <typename Kind>
OptionalValue(Kind) -> OptionalValue<Kind>;

// Several values of one kind, without duplicates: a sequence, or a single value.
template <typename Kind>
struct ListOf {
  Kind item;
  [[nodiscard]] std::string values() const { return "list: " + item.values(); }
};
template <typename Kind>
ListOf(Kind) -> ListOf<Kind>;

template <typename Kind>
inline constexpr bool kIsList = false;
template <typename Item>
inline constexpr bool kIsList<ListOf<Item>> = true;

// Whether a key with this value is not written.
template <typename Kind, typename Value>
[[nodiscard]] bool is_absent(const Kind& kind, const Value& value) {
  if constexpr (requires { kind.is_absent(value); })
    return kind.is_absent(value);
  else
    return false;
}

// Reads one value; `Kind` may or may not ask where the value was written.
template <typename Kind>
[[nodiscard]] auto parse_value(const Kind& kind, std::string_view text, const Origin& origin) {
  if constexpr (requires { kind.parse(text, origin); })
    return kind.parse(text, origin);
  else
    return kind.parse(text);
}

}  // namespace relay
