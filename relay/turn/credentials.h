// Long-term credentials (RFC 8489 section 9.2): static users, and REST-style expiring usernames "<unix
// time>:<anything>" whose password is base64(HMAC-SHA1(secret, username)), so that any edge admits alone.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "overlay/base/time.h"
#include "relay/turn/stun_integrity.h"

namespace relay {

struct StaticUser {
  std::string name;
  std::string password;
};

class Credentials {
 public:
  // RFC 8489 section 14.3: usernames have fewer than 509 bytes.
  static constexpr std::size_t kMaxUsername = 508;

  Credentials(std::string realm, std::vector<std::string> rest_secrets, std::span<const StaticUser> users);

  [[nodiscard]] const std::string& realm() const { return realm_; }
  // The keys with which this user may have signed: one, or one for each secret in rotation. Empty for unknown
  // users and expired usernames.
  [[nodiscard]] std::vector<LongTermKey> keys_of(std::string_view username, overlay::UnixSeconds now) const;

 private:
  std::string realm_;
  std::vector<std::string> rest_secrets_;
  std::unordered_map<std::string, LongTermKey> keys_by_static_user_;
};

// The password of a REST-style username.
[[nodiscard]] std::string rest_password(std::string_view secret, std::string_view username);

}  // namespace relay
