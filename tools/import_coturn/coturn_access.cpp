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
  auto secret = into_.parsed(setting, relay::parse_secret);
  if (!secret) return;
  into_.turn().rest_secrets.push_back(*std::move(secret));
  into_.note(setting, kTranslated);
}

void CoturnAccess::read_user(const CoturnSetting& setting) {
  const auto colon = setting.value.find(':');
  if (colon == std::string::npos || colon == 0)
    return into_.note(setting, kMalformed, "is not NAME:PASSWORD");
  const std::string name = setting.value.substr(0, colon);
  const std::string password = setting.value.substr(colon + 1);
  const auto complain = [&](const relay::Complaint& complaint) {
    into_.note(setting, kMalformed, complaint.what + "; " + complaint.remedy);
  };
  if (const auto known = relay::parse_user_name(name); !known) return complain(known.error());
  auto& users = into_.turn().users;
  if (password.starts_with("0x")) {
    const auto key = relay::parse_user_key(std::string_view(password).substr(2));
    if (!key) return complain(key.error());
    users.push_back({.name = name, .password = {}, .key = *key});
    return into_.note(setting, kTranslated,
                      "the key is valid for this realm only; all users sign with MD5, as with coturn");
  }
  const auto secret = relay::parse_password(password);
  if (!secret) return complain(secret.error());
  users.push_back({.name = name, .password = *secret, .key = {}});
  constexpr std::size_t kEasilyGuessed = 8;
  into_.note(setting, kTranslated,
             password.size() < kEasilyGuessed
                 ? "the password is short: an observer of one request can guess it"
                 : "");
}

void CoturnAccess::read_realm(const CoturnSetting& setting) {
  const auto realm = into_.parsed(setting, relay::parse_realm);
  if (!realm) return;
  into_.turn().realm = *realm;
  into_.note(setting, kTranslated);
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
  const CoturnSetting* const secret = into_.precedence.shared_secret();
  const CoturnSetting* const anonymous = into_.precedence.find("no-auth");
  if (secret != nullptr && secret->name == "use-auth-secret")
    return start + with_line(*secret) +
           " has no static-auth-secret; if coturn has its secrets in a database, `turnadmin -S` lists them: "
           "add "
           "one as static-auth-secret";
  if (anonymous != nullptr && anonymous->is_on())
    return start + with_line(*anonymous) +
           " lets every client in, and the node lets none in without a login: add static-auth-secret or "
           "user, and "
           "remove no-auth";
  return start + "the file has neither static-auth-secret nor user; coturn may have them in a database";
}

void CoturnAccess::finish() {
  // All clients may share one user name.
  if (!limits_users_) into_.turn().max_allocations_per_user = into_.turn().max_allocations;
  if (into_.turn().rest_secrets.empty() && into_.turn().users.empty()) into_.miss(reason_for_no_login());
}

}  // namespace cli
