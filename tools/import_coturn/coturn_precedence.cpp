#include "tools/import_coturn/coturn_precedence.h"

#include <algorithm>

namespace cli {
namespace {

// Settings with one value: coturn uses the last line.
constexpr std::string_view kSingle[] = {"allocation-default-address-family",
                                        "allow-loopback-peers",
                                        "alt-listening-port",
                                        "cert",
                                        "cpus",
                                        "dtls",
                                        "keep-address-family",
                                        "listening-port",
                                        "lt-cred-mech",
                                        "max-allocate-lifetime",
                                        "max-bps",
                                        "max-port",
                                        "min-port",
                                        "mobility",
                                        "no-auth",
                                        "no-dtls",
                                        "no-multicast-peers",
                                        "no-software-attribute",
                                        "no-tcp",
                                        "no-tcp-relay",
                                        "no-tls",
                                        "no-udp",
                                        "no-udp-relay",
                                        "pkey",
                                        "prometheus-port",
                                        "realm",
                                        "relay-threads",
                                        "rest-api-separator",
                                        "software-attribute",
                                        "tcp-proxy-port",
                                        "tls-listening-port",
                                        "total-quota",
                                        "unauthorized-ratelimit",
                                        "user-quota",
                                        "verbose"};

// `loser` has no effect if `winner` is on.
struct Pair {
  std::string_view loser;
  std::string_view winner;
  std::string_view why;
};
constexpr Pair kPairs[] = {
    {"cpus", "relay-threads", "sets the number of threads"},
    {"verbose", "Verbose", "sets a higher level"},
    {"rfc5780", "no-rfc5780", "disables RFC 5780"},
    {"alt-listening-port", "no-rfc5780", "disables RFC 5780"},
    {"no-loopback-peers", "allow-loopback-peers", "allows loopback peers"},
    {"no-udp-relay", "no-tcp-relay", "is on: coturn does not start with both"},
};

// Two names for one value: coturn uses the later line. A switch that is off sets nothing.
constexpr std::pair<std::string_view, std::string_view> kSameValue[] = {
    {"keep-address-family", "allocation-default-address-family"},
    {"no-dtls", "dtls"},
    {"no-software-attribute", "software-attribute"},
};

// Of NAME:PASSWORD; empty if the value has another form.
std::string_view user_name(const CoturnSetting& setting) {
  const auto colon = setting.value.find(':');
  return colon == std::string::npos ? std::string_view() : std::string_view(setting.value).substr(0, colon);
}

}  // namespace

std::string with_line(const CoturnSetting& setting) {
  return setting.name + " (line " + std::to_string(setting.line) + ")";
}

CoturnPrecedence::CoturnPrecedence(const CoturnFile& file) {
  for (const CoturnSetting& setting : file.settings) {
    last_by_name_[setting.name] = &setting;
    if (setting.name == "user") last_line_by_user_[user_name(setting)] = setting.line;
  }
}

const CoturnSetting* CoturnPrecedence::find(std::string_view name) const {
  const auto found = last_by_name_.find(name);
  return found == last_by_name_.end() ? nullptr : found->second;
}

const CoturnSetting* CoturnPrecedence::find_on(std::string_view name) const {
  const CoturnSetting* const setting = find(name);
  return setting != nullptr && setting->is_on() ? setting : nullptr;
}

// coturn ignores the value of use-auth-secret, even "no".
const CoturnSetting* CoturnPrecedence::shared_secret() const {
  const CoturnSetting* const switched_on = find("use-auth-secret");
  return switched_on != nullptr ? switched_on : find("static-auth-secret");
}

std::optional<std::string> CoturnPrecedence::reason_to_ignore(const CoturnSetting& setting) const {
  if (auto reason = by_login(setting)) return reason;
  if (auto reason = by_repetition(setting)) return reason;
  return by_pair(setting);
}

std::optional<std::string> CoturnPrecedence::by_login(const CoturnSetting& setting) const {
  const CoturnSetting* const secret = shared_secret();
  const CoturnSetting* const long_term = find_on("lt-cred-mech");
  const CoturnSetting* const anonymous = find_on("no-auth");
  if (setting.name == "user" && secret != nullptr)
    return "coturn refuses users by name because of " + with_line(*secret) +
           ": for users, remove the shared secret from the file";
  if (setting.name == "lt-cred-mech" && secret != nullptr)
    return "the shared secret of " + with_line(*secret) + " takes precedence";
  if (setting.name == "no-auth" && setting.is_on())
    if (const CoturnSetting* const login = secret != nullptr ? secret : long_term)
      return "coturn does not start with no-auth and " + with_line(*login) + "; here clients must log in";
  if (setting.name == "user" && anonymous != nullptr && long_term == nullptr)
    return "coturn ignores users because of " + with_line(*anonymous) +
           ": for users, remove no-auth from the file";
  return std::nullopt;
}

std::optional<std::string> CoturnPrecedence::by_repetition(const CoturnSetting& setting) const {
  if (setting.name == "user") {
    const int last = last_line_by_user_.find(user_name(setting))->second;
    if (last == setting.line || user_name(setting).empty()) return std::nullopt;
    return "line " + std::to_string(last) +
           " sets the password of this user again, and coturn uses the last one";
  }
  const CoturnSetting* const last = find(setting.name);
  if (last->line == setting.line || std::ranges::find(kSingle, setting.name) == std::end(kSingle))
    return std::nullopt;
  return "line " + std::to_string(last->line) + " sets it again, and coturn uses the last one";
}

std::optional<std::string> CoturnPrecedence::by_pair(const CoturnSetting& setting) const {
  for (const Pair& pair : kPairs)
    if (setting.name == pair.loser)
      if (const CoturnSetting* const winner = find_on(pair.winner))
        return with_line(*winner) + " " + std::string(pair.why);
  for (const auto& [one, other] : kSameValue) {
    if (setting.name != one && setting.name != other) continue;
    const CoturnSetting* const rival = find_on(setting.name == one ? other : one);
    if (rival != nullptr && rival->line > setting.line)
      return with_line(*rival) + " sets the same value, and coturn uses the last one";
  }
  if (setting.name == "prometheus-port" && find("prometheus") == nullptr)
    return "metrics are off without prometheus";
  return std::nullopt;
}

}  // namespace cli
