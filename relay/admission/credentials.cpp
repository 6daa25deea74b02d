#include "relay/admission/credentials.h"

#include <charconv>
#include <utility>

#include <openssl/evp.h>

namespace relay {
namespace {

std::optional<overlay::UnixSeconds> time_of(std::string_view digits) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return overlay::UnixSeconds(seconds);
}

std::string base64(overlay::Bytes bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace

std::optional<RestUsername> parse_rest_username(std::string_view username) {
  const auto colon = username.find(':');
  const auto before = time_of(username.substr(0, colon));
  if (colon == std::string_view::npos)
    return before ? std::optional(RestUsername{*before, username}) : std::nullopt;
  if (before) return RestUsername{*before, username.substr(colon + 1)};
  const auto after = time_of(username.substr(colon + 1));
  return after ? std::optional(RestUsername{*after, username.substr(0, colon)}) : std::nullopt;
}

std::string rest_password(std::string_view secret, std::string_view username, RestScheme scheme) {
  const overlay::Bytes key = overlay::as_bytes(secret);
  const overlay::Bytes data = overlay::as_bytes(username);
  return scheme == RestScheme::kSha1 ? base64(hmac_sha1(key, {data})) : base64(hmac_sha256(key, {data}));
}

Credentials::Credentials(std::string realm, RestConfig rest, std::span<const StaticUser> users)
    : realm_(std::make_shared<const std::string>(std::move(realm))), rest_(std::move(rest)) {
  for (const auto& [name, password, key] : users) {
    static_users_by_hash_[std::string(overlay::as_text(user_hash(name, *realm_)))] = name;
    allows_sha256_ &= key.empty();
    if (!key.empty()) {
      keys_by_static_user_[name] = {.md5 = key, .sha256 = {}};
      continue;
    }
    keys_by_static_user_[name] = {
        .md5 = long_term_key(name, *realm_, password, PasswordAlgorithm::kMd5),
        .sha256 = long_term_key(name, *realm_, password, PasswordAlgorithm::kSha256)};
  }
}

std::optional<LongTermKey> Credentials::find_key(std::string_view username, PasswordAlgorithm algorithm,
                                                 overlay::UnixSeconds now, const Fits& fits) const {
  if (username.empty() || username.size() > kMaxUsername) return std::nullopt;
  if (const auto user = keys_by_static_user_.find(std::string(username));
      user != keys_by_static_user_.end()) {
    const LongTermKey& key = algorithm == PasswordAlgorithm::kMd5 ? user->second.md5 : user->second.sha256;
    return !key.empty() && fits(key) ? std::optional(key) : std::nullopt;
  }
  const auto rest = parse_rest_username(username);
  if (!rest || now >= rest->expiry) return std::nullopt;
  for (const std::string& secret : rest_.secrets) {
    for (const RestScheme scheme : {RestScheme::kSha1, RestScheme::kSha256}) {
      if (scheme == RestScheme::kSha256 && !rest_.takes_sha256) continue;
      const LongTermKey key =
          long_term_key(username, *realm_, rest_password(secret, username, scheme), algorithm);
      if (fits(key)) return key;
    }
  }
  return std::nullopt;
}

LoginFault Credentials::fault_of(std::string_view username, overlay::UnixSeconds now) const {
  if (username.empty() || username.size() > kMaxUsername) return LoginFault::kUnknownUser;
  if (keys_by_static_user_.contains(std::string(username))) return LoginFault::kWrongPassword;
  const auto rest = parse_rest_username(username);
  if (!rest || rest_.secrets.empty()) return LoginFault::kUnknownUser;
  return now >= rest->expiry ? LoginFault::kExpired : LoginFault::kWrongSecret;
}

bool Credentials::make(const ProvenIdentity& identity) const {
  const auto user = keys_by_static_user_.find(std::string(identity.username));
  if (user != keys_by_static_user_.end())
    return identity.realm != *realm_ || identity.key == user->second.md5 ||
           identity.key == user->second.sha256;
  if (!parse_rest_username(identity.username)) return false;
  for (const std::string& secret : rest_.secrets)
    for (const RestScheme scheme : {RestScheme::kSha1, RestScheme::kSha256}) {
      if (scheme == RestScheme::kSha256 && !rest_.takes_sha256) continue;
      const std::string password = rest_password(secret, identity.username, scheme);
      for (const PasswordAlgorithm algorithm : {PasswordAlgorithm::kMd5, PasswordAlgorithm::kSha256})
        if (identity.key == long_term_key(identity.username, identity.realm, password, algorithm))
          return true;
    }
  return false;
}

std::optional<std::string_view> Credentials::find_user(overlay::Bytes user_hash) const {
  const auto found = static_users_by_hash_.find(std::string(overlay::as_text(user_hash)));
  if (found == static_users_by_hash_.end()) return std::nullopt;
  return found->second;
}

}  // namespace relay
