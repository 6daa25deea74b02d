#include "relay/turn/credentials.h"

#include <charconv>
#include <utility>

#include <openssl/evp.h>

namespace relay {
namespace {

std::optional<overlay::UnixSeconds> expiry_of(std::string_view username) {
  std::int64_t seconds = 0;
  const std::string_view digits = username.substr(0, username.find(':'));
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (error != std::errc{} || digits.empty() || end != digits.data() + digits.size()) return std::nullopt;
  return overlay::UnixSeconds(seconds);
}

}  // namespace

std::string rest_password(std::string_view secret, std::string_view username) {
  const Integrity mac = hmac_sha1(overlay::as_bytes(secret), overlay::as_bytes(username));
  std::string text(4 * ((mac.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), mac.data(),
                                   static_cast<int>(mac.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

Credentials::Credentials(std::string realm, std::vector<std::string> rest_secrets,
                         std::span<const StaticUser> users)
    : realm_(std::move(realm)), rest_secrets_(std::move(rest_secrets)) {
  for (const StaticUser& user : users)
    keys_by_static_user_[user.name] = long_term_key(user.name, realm_, user.password);
}

std::vector<LongTermKey> Credentials::keys_of(std::string_view username, overlay::UnixSeconds now) const {
  if (username.empty() || username.size() > kMaxUsername) return {};
  if (const auto user = keys_by_static_user_.find(std::string(username)); user != keys_by_static_user_.end())
    return {user->second};
  const auto expiry = expiry_of(username);
  if (!expiry || now >= *expiry) return {};
  std::vector<LongTermKey> keys;
  for (const std::string& secret : rest_secrets_)
    keys.push_back(long_term_key(username, realm_, rest_password(secret, username)));
  return keys;
}

}  // namespace relay
