// Names and secrets of clients. They are bytes to TURN and characters to people: what is written is UTF-8, in
// the form that clients send, and goes into keys as it is.
#include "relay/node/config_values.h"
#include "relay/node/utf8.h"
#include "relay/turn/credentials.h"

namespace relay {
namespace {

overlay::Unexpected<Complaint> complaint(std::string what, std::string remedy) {
  return overlay::Unexpected(Complaint{std::move(what), std::move(remedy)});
}

bool is_hidden(std::string_view text) {
  return text == kHiddenSecret;
}

overlay::Unexpected<Complaint> hidden_complaint() {
  return complaint("is what --print-config shows in place of a secret",
                   "print it with --show-secrets, or write the secret");
}

}  // namespace

Parsed<std::string> parse_realm(std::string_view text) {
  constexpr std::size_t kMostCharacters = 127;
  const auto characters = count_characters(text);
  if (characters && *characters > 0 && *characters <= kMostCharacters) return std::string(text);
  return complaint("is not a realm", "write 1 to 127 characters of UTF-8, none of them a control character");
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
    return complaint("is that of the examples, which everybody knows",
                     "make a new one, for example with: openssl rand -base64 24");
  return parse_secret(text);
}

}  // namespace relay
