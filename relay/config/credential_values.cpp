// Names and secrets of clients. They are UTF-8, written as clients send them: TURN derives keys from these
// bytes without a conversion.
#include <sodium.h>

#include "relay/admission/credentials.h"
#include "relay/config/config_values.h"
#include "relay/config/utf8.h"

namespace relay {
namespace {

bool is_hidden(std::string_view text) {
  return text == kHiddenSecret;
}

overlay::Unexpected<Complaint> hidden_complaint() {
  return complaint("is the text that --print-config shows in place of a secret",
                   "print it with --show-secrets, or write the secret");
}

// Exactly `Size` bytes in hexadecimal digits.
template <std::size_t Size>
std::optional<Secret> parse_key(std::string_view text) {
  overlay::ByteArray<Size> key{};
  std::size_t size = 0;
  const char* end = nullptr;
  const int status = sodium_hex2bin(key.data(), key.size(), text.data(), text.size(), nullptr, &size, &end);
  if (status != 0 || size != key.size() || end != text.data() + text.size()) return std::nullopt;
  return Secret(std::string(overlay::as_text(key)));
}

}  // namespace

Parsed<std::string> parse_realm(std::string_view text) {
  constexpr std::size_t kMostCharacters = 127;
  const auto characters = count_characters(text);
  if (characters && *characters > 0 && *characters <= kMostCharacters) return std::string(text);
  return complaint("is not a realm", "write 1 to 127 characters of UTF-8, none of them a control character");
}

Parsed<std::string> parse_software(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  if (!text.empty() && text.size() <= kLongest && count_characters(text)) return std::string(text);
  return complaint("is not a SOFTWARE text", "write 1 to 64 bytes of UTF-8 without control characters");
}

Parsed<std::string> parse_user_name(std::string_view text) {
  if (!text.empty() && text.size() <= Credentials::kMaxUsername && count_characters(text))
    return std::string(text);
  return complaint("is not a user name",
                   "write 1 to " + std::to_string(Credentials::kMaxUsername) +
                       " bytes of UTF-8 without control characters, as clients send it");
}

Parsed<Secret> parse_password(std::string_view text) {
  constexpr std::size_t kLongest = 1024;
  if (is_hidden(text)) return hidden_complaint();
  if (!text.empty() && text.size() <= kLongest && count_characters(text)) return Secret(std::string(text));
  return complaint("is not a password of 1 to 1024 bytes of UTF-8 without control characters",
                   "make a new one, for example with: openssl rand -base64 24");
}

Parsed<Secret> parse_secret(std::string_view text) {
  constexpr std::size_t kShortest = 8, kLongest = 1024;
  if (is_hidden(text)) return hidden_complaint();
  if (text.size() >= kShortest && text.size() <= kLongest && count_characters(text))
    return Secret(std::string(text));
  return complaint("is not a secret of 8 to 1024 bytes of UTF-8 without control characters",
                   "make a new one, for example with: openssl rand -base64 24");
}

Parsed<Secret> parse_own_secret(std::string_view text) {
  if (text == "change-me-before-use")
    return complaint("is the secret of the examples, which everybody knows",
                     "make a new one, for example with: openssl rand -base64 24");
  return parse_secret(text);
}

Parsed<Secret> parse_nonce_key(std::string_view text) {
  if (auto key = parse_key<32>(text)) return *std::move(key);
  return complaint("is not a key of 64 hexadecimal digits", "make one with: openssl rand -hex 32");
}

Parsed<Secret> parse_user_key(std::string_view text) {
  if (is_hidden(text)) return hidden_complaint();
  if (auto key = parse_key<16>(text)) return *std::move(key);
  return complaint("is not a key of 32 hexadecimal digits",
                   "write the MD5 digest of NAME:REALM:PASSWORD, without 0x");
}

std::string print_key(const Secret& key) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const std::uint8_t byte : overlay::as_bytes(key.reveal())) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

}  // namespace relay
