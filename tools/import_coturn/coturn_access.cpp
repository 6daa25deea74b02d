#include "tools/import_coturn/coturn_access.h"

#include <algorithm>

#include "relay/config/config_values.h"

namespace cli {

using enum ImportOutcome;

bool CoturnAccess::read(const CoturnSetting& setting) {
  static const CoturnReaders<CoturnAccess> kReaders = {
      {"static-auth-secret", &CoturnAccess::read_secret},
      {"user", &CoturnAccess::read_user},
      {"realm", &CoturnAccess::read_realm},
      {"userdb", &CoturnAccess::read_database},
      {"db", &CoturnAccess::read_database},
      {"psql-userdb", &CoturnAccess::read_database},
      {"mysql-userdb", &CoturnAccess::read_database},
      {"mongo-userdb", &CoturnAccess::read_database},
      {"redis-userdb", &CoturnAccess::read_database},
      {"rest-api-separator", &CoturnAccess::read_separator},
      {"unauthorized-ratelimit", &CoturnAccess::read_challenges},
      {"user-quota", &CoturnAccess::read_quota},
      {"total-quota", &CoturnAccess::read_quota},
      {"max-allocate-lifetime", &CoturnAccess::read_lifetime},
      {"max-bps", &CoturnAccess::read_bandwidth},
  };
  return read_by(*this, kReaders, setting);
}

void CoturnAccess::read_secret(const CoturnSetting& setting) {
  auto secret = into_.parsed(setting, relay::parse_own_secret);
  if (!secret) return;
  into_.turn().rest_secrets.push_back(*std::move(secret));
  into_.note_text(setting);
}

// NAME:PASSWORD or NAME:0xKEY. coturn skips blanks behind the colon, and reads the first 32 digits of a key.
void CoturnAccess::read_user(const CoturnSetting& setting) {
  const auto colon = setting.value.find(':');
  const auto begin = setting.value.find_first_not_of(" \t", colon == std::string::npos ? colon : colon + 1);
  if (colon == 0 || begin == std::string::npos)
    return into_.note(setting, kMalformed, "is not NAME:PASSWORD");
  const std::string_view password = std::string_view(setting.value).substr(begin);
  relay::TurnUser user{.name = setting.value.substr(0, colon), .password = {}, .key = {}};
  const auto complain = [&](const relay::Complaint& complaint) {
    into_.note(setting, kMalformed, complaint.what + "; " + complaint.remedy);
  };
  if (const auto name = relay::parse_user_name(user.name); !name) return complain(name.error());
  if (password.starts_with("0x")) {
    constexpr std::size_t kDigits = 32;
    const auto key = relay::parse_user_key(password.substr(2, kDigits));
    if (!key) return complain(key.error());
    user.key = *key;
    into_.note(setting, kTranslated,
               "the key is valid for this realm only; all users sign with MD5, as with coturn");
  } else {
    const auto secret = relay::parse_password(password);
    if (!secret) return complain(secret.error());
    user.password = *secret;
    constexpr std::size_t kEasilyGuessed = 8;
    into_.note_text(setting, password.size() < kEasilyGuessed
                                 ? "the password is short: an observer of one request can guess it"
                                 : "");
  }
  into_.turn().users.push_back(std::move(user));
}

// coturn asks its database in addition to the file: for secrets if a shared secret is on, otherwise for
// users.
void CoturnAccess::read_database(const CoturnSetting& setting) {
  databases_.push_back(with_line(setting));
  into_.note(setting, kNoEquivalent,
             into_.precedence.shared_secret() != nullptr
                 ? "clients with a secret of this database cannot log in: copy the column value of its table "
                   "turn_secret into turn.rest_secrets"
                 : "users of this database cannot log in: copy the columns name and hmackey of its table "
                   "turnusers_lt into turn.users, as name and key");
}

void CoturnAccess::read_realm(const CoturnSetting& setting) {
  const auto realm = into_.parsed(setting, relay::parse_realm);
  if (!realm) return;
  into_.turn().realm = *realm;
  into_.note_text(setting);
}

void CoturnAccess::read_separator(const CoturnSetting& setting) {
  if (setting.value == ":") return into_.note(setting, kNotNeeded, "the separator is always ':'");
  into_.note(setting, kNoEquivalent,
             "the separator between time and name is always ':': change the program that issues credentials");
}

void CoturnAccess::read_challenges(const CoturnSetting& setting) {
  constexpr std::uint32_t kOfManyClients = 1000;
  if (!setting.is_on()) return into_.note(setting, kTranslated);
  into_.turn().limits.challenges_per_second = kOfManyClients;
  into_.note(setting, kAdapted, "1000 a second to each IPv4 /24 or IPv6 /56, on each core");
}

void CoturnAccess::read_quota(const CoturnSetting& setting) {
  const auto quota = into_.number(setting, relay::CountRange{0, 10'000'000});
  if (!quota) return;
  const bool is_user = setting.name == "user-quota";
  auto& target = is_user ? into_.turn().max_allocations_per_user : into_.turn().max_allocations;
  limits_users_ |= is_user && *quota != 0;
  if (*quota != 0) target = *quota;
  if (*quota == 0 && !is_user)
    return into_.note(setting, kAdapted,
                      "0 is no limit in coturn; the limit here is the default, " + std::to_string(target));
  into_.note(setting, kTranslated);
}

void CoturnAccess::read_lifetime(const CoturnSetting& setting) {
  using namespace std::chrono_literals;
  const auto seconds = into_.number(setting, relay::CountRange{1, 86'400});
  if (!seconds) return;
  auto& lifetime = into_.turn().lifetime;
  const overlay::Duration asked = std::chrono::seconds(*seconds);
  lifetime.longest = std::max<overlay::Duration>(asked, 1min);
  lifetime.initial = std::min(lifetime.initial, lifetime.longest);
  lifetime.unasked = lifetime.initial;
  if (asked < 1min) return into_.note(setting, kAdapted, "one minute is the shortest");
  into_.note(setting, kTranslated);
}

// coturn counts bytes per second, Causeway whole kilobits.
void CoturnAccess::read_bandwidth(const CoturnSetting& setting) {
  constexpr std::uint64_t kKilobit = 125, kLeast = 1000;
  const auto bytes = into_.number(setting, relay::CountRange{0, 4'000'000'000});
  if (!bytes) return;
  if (*bytes == 0) return into_.note(setting, kNotNeeded, "0 is no limit, as without it");
  into_.turn().limits.bandwidth_per_allocation =
      std::max(kLeast, (*bytes + kKilobit - 1) / kKilobit * kKilobit);
  into_.note(setting, kAdapted, "counts payload only, without the headers of TURN");
}

// The reason why no client could log in, from the settings that the file has.
std::string CoturnAccess::reason_for_no_login() const {
  const std::string start = "no client could log in: ";
  const std::string database =
      databases_.empty() ? "the database of coturn, by default /var/lib/turn/turndb" : databases_.front();
  const CoturnSetting* const secret = into_.precedence.shared_secret();
  const CoturnSetting* const anonymous = into_.precedence.find("no-auth");
  if (secret != nullptr && secret->name == "use-auth-secret")
    return start + with_line(*secret) + " has no usable static-auth-secret, and " + database +
           " cannot be read: add static-auth-secret";
  if (anonymous != nullptr && anonymous->is_on())
    return start + with_line(*anonymous) +
           " lets every client in, and the node lets none in without a login: add static-auth-secret or "
           "user, and "
           "remove no-auth";
  return start + "the file has neither static-auth-secret nor user that can be used, and " + database +
         " cannot be read: add one of the two";
}

void CoturnAccess::finish() {
  const auto& users = into_.turn().users;
  const bool has_keys =
      std::ranges::any_of(users, [](const relay::TurnUser& user) { return !user.key.empty(); });
  if (has_keys && into_.precedence.find("realm") == nullptr)
    into_.note("realm", kAdapted, "keys are valid only for the realm that they were made with: add realm");
  // All clients may share one user name.
  if (!limits_users_) into_.turn().max_allocations_per_user = into_.turn().max_allocations;
  if (into_.turn().rest_secrets.empty() && into_.turn().users.empty()) into_.miss(reason_for_no_login());
}

}  // namespace cli
