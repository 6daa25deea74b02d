// Long-term credentials (RFC 8489 section 9.2): static users, and REST-style expiring usernames whose
// password is base64(HMAC(secret, username)), so that any edge admits alone. Names are bytes here: what a
// client sends goes into the key as it is (RFC 8265 leaves what browsers send unchanged).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "overlay/base/keyed_hash.h"
#include "overlay/base/time.h"
#include "relay/admission/login_fault.h"
#include "relay/stun/stun_integrity.h"

namespace relay {

struct StaticUser {
  std::string name;
  std::string password;
  LongTermKey key = {};  // with MD5, where nobody knows the password any more
};

// The HMAC of a REST-style password. SHA-1 is what everybody's scripts make.
enum class RestScheme : std::uint8_t { kSha1, kSha256 };

struct RestConfig {
  std::vector<std::string> secrets;  // those in rotation, in no order
  bool takes_sha256 = false;         // in addition to SHA-1
};

// The identity that an allocation has proven, and the realm of its key.
struct ProvenIdentity {
  std::string_view username;
  const LongTermKey& key;
  std::string_view realm;
};

class Credentials {
 public:
  // RFC 5389 section 15.3: usernames have fewer than 513 bytes (RFC 8489 section 14.3: 509).
  static constexpr std::size_t kMaxUsername = 512;

  Credentials(std::string realm, RestConfig rest, std::span<const StaticUser> users);

  [[nodiscard]] const std::string& realm() const { return *realm_; }
  // For those who outlive these credentials.
  [[nodiscard]] std::shared_ptr<const std::string> shared_realm() const { return realm_; }

  // The first key with which this user may have signed and that `fits`: one of a static user, one for each
  // secret and scheme of a REST-style username. Nothing for unknown users and expired usernames.
  using Fits = std::function<bool(const LongTermKey&)>;
  [[nodiscard]] std::optional<LongTermKey> find_key(std::string_view username, PasswordAlgorithm algorithm,
                                                    overlay::UnixSeconds now, const Fits& fits) const;

  // Why find_key() found no key for this user at this time.
  [[nodiscard]] LoginFault fault_of(std::string_view username, overlay::UnixSeconds now) const;

  // True if a user or secret of these credentials makes this identity, whatever the expiry of the name. Keys
  // of static users for another realm are not known: then the name alone counts. Costs two HMACs and two
  // hashes for each secret.
  [[nodiscard]] bool make(const ProvenIdentity& identity) const;

  // True if clients may choose SHA-256. False while the node knows only the MD5 key of some user.
  [[nodiscard]] bool allows_sha256() const { return allows_sha256_; }

  // The user behind a USERHASH (RFC 8489 section 14.4). A static one: the hash of a REST-style username, of
  // which nothing is stored, cannot be turned back.
  [[nodiscard]] std::optional<std::string_view> find_user(overlay::Bytes user_hash) const;
  // True if clients may send USERHASH. False with REST-style usernames, because some clients (libjuice) then
  // always send USERHASH.
  [[nodiscard]] bool allows_anonymity() const { return rest_.secrets.empty(); }

 private:
  struct Keys {
    LongTermKey md5;
    LongTermKey sha256;
  };

  std::shared_ptr<const std::string> realm_;
  RestConfig rest_;
  bool allows_sha256_ = true;
  std::unordered_map<std::string, Keys, overlay::KeyedHasher> keys_by_static_user_;
  std::unordered_map<std::string, std::string, overlay::KeyedHasher> static_users_by_hash_;
};

// "<unix time>:<anything>", a time alone, or "<anything>:<unix time>", where older services put it.
struct RestUsername {
  overlay::UnixSeconds expiry;
  std::string_view user;  // without the expiry, so that a new credential is no new user
};
[[nodiscard]] std::optional<RestUsername> parse_rest_username(std::string_view username);

// The password of a REST-style username.
[[nodiscard]] std::string rest_password(std::string_view secret, std::string_view username,
                                        RestScheme scheme = RestScheme::kSha1);

}  // namespace relay
