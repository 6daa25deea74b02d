#include "tools/cli/coturn_import.h"

#include <algorithm>
#include <map>
#include <optional>

#include "relay/node/config_values.h"
#include "relay/node/public_addresses.h"
#include "tools/cli/address_range.h"
#include "tools/cli/coturn_file.h"
#include "tools/cli/coturn_listeners.h"
#include "tools/cli/coturn_reasons.h"

namespace cli {
namespace {

using enum ImportOutcome;
using overlay::IpAddress;
using overlay::Transport;

class Importing {
 public:
  explicit Importing(const std::vector<IpAddress>& addresses) : own_addresses_(addresses) {
    config_.turn.emplace();
  }

  CoturnImport run(std::string_view text) {
    const CoturnFile file = parse_coturn_file(text);
    for (const int line : file.malformed)
      findings_.push_back({line, "?", kMalformed, "is neither name=value nor a name"});
    for (const CoturnSetting& setting : file.settings)
      read(setting);
    finish();
    std::ranges::stable_sort(findings_, {}, &ImportFinding::line);
    return {.config = std::move(config_), .findings = std::move(findings_), .missing = std::move(missing_)};
  }

 private:
  using Reader = void (Importing::*)(const CoturnSetting&);

  void read(const CoturnSetting& setting) {
    static const std::map<std::string_view, Reader> kReaders = {
        {"listening-port", &Importing::read_port},
        {"tls-listening-port", &Importing::read_port},
        {"listening-ip", &Importing::read_address},
        {"relay-ip", &Importing::read_address},
        {"external-ip", &Importing::read_external},
        {"min-port", &Importing::read_port},
        {"max-port", &Importing::read_port},
        {"static-auth-secret", &Importing::read_secret},
        {"user", &Importing::read_user},
        {"realm", &Importing::read_realm},
        {"cert", &Importing::read_file},
        {"pkey", &Importing::read_file},
        {"allowed-peer-ip", &Importing::read_peers},
        {"denied-peer-ip", &Importing::read_peers},
        {"allow-loopback-peers", &Importing::read_loopback},
        {"user-quota", &Importing::read_quota},
        {"total-quota", &Importing::read_quota},
        {"max-allocate-lifetime", &Importing::read_lifetime},
        {"no-udp", &Importing::read_transport},
        {"no-tcp", &Importing::read_transport},
        {"no-tls", &Importing::read_transport},
        {"no-dtls", &Importing::read_transport},
        {"relay-threads", &Importing::read_threads},
        {"verbose", &Importing::read_verbose},
        {"Verbose", &Importing::read_verbose},
        {"prometheus", &Importing::read_prometheus},
        {"prometheus-port", &Importing::read_prometheus},
        {"rest-api-separator", &Importing::read_separator},
        {"tcp-proxy-port", &Importing::read_proxy},
        {"max-bps", &Importing::read_bandwidth},
        {"mobility", &Importing::read_mobility},
        {"alternate-server", &Importing::read_alternate},
        {"tls-alternate-server", &Importing::read_alternate},
        {"rfc5780", &Importing::read_discovery},
        {"no-rfc5780", &Importing::read_discovery},
        {"alt-listening-port", &Importing::read_discovery},
    };
    const auto reader = kReaders.find(setting.name);
    if (reader != kReaders.end()) return (this->*reader->second)(setting);
    if (const CoturnReason* const reason = find_coturn_reason(setting.name))
      return note(setting, setting.is_on() || setting.value == "0" ? reason->outcome : kNotNeeded,
                  std::string(reason->why));
    note(setting, kUnknown, "is no setting of coturn that is known here");
  }

  void note(const CoturnSetting& setting, ImportOutcome outcome, std::string why = {}) {
    findings_.push_back({setting.line, setting.name, outcome, std::move(why)});
  }

  // What `parse` makes of the value; notes what is wrong with it.
  template <typename Parse>
  auto parsed(const CoturnSetting& setting, Parse parse)
      -> std::optional<std::decay_t<decltype(*parse(""))>> {
    auto value = parse(setting.value);
    if (value) return *std::move(value);
    note(setting, kMalformed, value.error().what + "; " + value.error().remedy);
    return std::nullopt;
  }

  void read_port(const CoturnSetting& setting) {
    const auto port = parsed(setting, relay::CountRange{1, 65535});
    if (!port) return;
    const auto value = static_cast<std::uint16_t>(*port);
    if (setting.name == "listening-port") listening_.port = value;
    if (setting.name == "tls-listening-port") listening_.tls_port = value;
    auto& ports = config_.turn->relay_ports;
    if (setting.name == "min-port") ports.first = std::max<std::uint16_t>(value, 1024);
    if (setting.name == "max-port") ports.last = value;
    if (setting.name == "min-port" && value < 1024)
      return note(setting, kAdapted, "relayed addresses begin at port 1024");
    note(setting, kTranslated);
  }

  void read_address(const CoturnSetting& setting) {
    const auto address = parsed(setting, relay::parse_address);
    if (!address) return;
    if (setting.name == "listening-ip") {
      const bool is_new = std::ranges::find(listening_.addresses, *address) == listening_.addresses.end();
      if (is_new) listening_.addresses.push_back(*address);
      return note(setting, is_new ? kTranslated : kNotNeeded, is_new ? "" : "is in the file already");
    }
    auto& relay = config_.turn->relay_addresses;
    if (has_family(relay, *address))
      return note(setting, kNoEquivalent, "one relay address of each family; the first is taken");
    relay.push_back(*address);
    note(setting, kTranslated);
  }

  // PUBLIC or PUBLIC/PRIVATE.
  void read_external(const CoturnSetting& setting) {
    const auto slash = setting.value.find('/');
    const auto shown = IpAddress::parse(std::string_view(setting.value).substr(0, slash));
    const auto local = slash == std::string::npos
                           ? shown
                           : IpAddress::parse(std::string_view(setting.value).substr(slash + 1));
    if (!shown || !local || shown->family() != local->family())
      return note(setting, kMalformed, "is neither PUBLIC nor PUBLIC/PRIVATE");
    external_.push_back({setting, *shown, slash == std::string::npos ? std::nullopt : std::optional(*local)});
  }

  void read_secret(const CoturnSetting& setting) {
    auto secret = parsed(setting, relay::parse_secret);
    if (!secret) return;
    config_.turn->rest_secrets.push_back(*std::move(secret));
    note(setting, kTranslated);
  }

  void read_user(const CoturnSetting& setting) {
    const auto colon = setting.value.find(':');
    if (colon == std::string::npos || colon == 0) return note(setting, kMalformed, "is not NAME:PASSWORD");
    const std::string name = setting.value.substr(0, colon);
    const std::string password = setting.value.substr(colon + 1);
    if (!relay::parse_realm(name))
      return note(setting, kMalformed, "the name is not of printable characters");
    if (password.starts_with("0x"))
      return note(setting, kNoEquivalent,
                  "a hashed key holds no password: write the user into turn.users with it");
    const auto secret = relay::parse_secret(password);
    if (!secret)
      return note(setting, kMalformed, "the password " + secret.error().what + "; " + secret.error().remedy);
    auto& users = config_.turn->users;
    if (std::ranges::find(users, name, &relay::TurnUser::name) != users.end())
      return note(setting, kMalformed, "names a user for the second time");
    users.push_back({.name = name, .password = *secret});
    note(setting, kTranslated);
  }

  void read_realm(const CoturnSetting& setting) {
    const auto realm = parsed(setting, relay::parse_realm);
    if (!realm) return;
    config_.turn->realm = *realm;
    note(setting, kTranslated);
  }

  void read_file(const CoturnSetting& setting) {
    const bool is_printable = std::ranges::all_of(setting.value, [](char c) { return c >= ' ' && c <= '~'; });
    if (setting.value.empty() || !is_printable) return note(setting, kMalformed, "is no name of a file");
    auto& tls = config_.turn->tls;
    (setting.name == "cert" ? tls.certificate : tls.key).path = setting.value;
    note(setting, kTranslated);
  }

  void read_peers(const CoturnSetting& setting) {
    const auto blocks = blocks_of(setting.value);
    if (!blocks) return note(setting, kMalformed, blocks.error().message);
    auto& target = setting.name == "allowed-peer-ip" ? config_.turn->peers.allow : config_.turn->peers.deny;
    for (const overlay::IpPrefix& block : *blocks)
      if (std::ranges::find(target, block) == target.end()) target.push_back(block);
    note(setting, kTranslated);
  }

  void read_loopback(const CoturnSetting& setting) {
    if (!setting.is_on()) return note(setting, kNotNeeded, "loopback peers are denied anyway");
    for (const char* const block : {"127.0.0.0/8", "::1/128"})
      config_.turn->peers.allow.push_back(overlay::IpPrefix::parse(block).value());
    note(setting, kTranslated, "let clients reach the services of this host: think again");
  }

  void read_quota(const CoturnSetting& setting) {
    const auto quota = parsed(setting, relay::CountRange{0, 10'000'000});
    if (!quota) return;
    const bool is_user = setting.name == "user-quota";
    auto& target = is_user ? config_.turn->max_allocations_per_user : config_.turn->max_allocations;
    if (*quota != 0) target = *quota;
    if (*quota == 0)
      return note(setting, kAdapted,
                  "0 is no limit in coturn; here the default stays: " + std::to_string(target));
    note(setting, kTranslated);
  }

  void read_lifetime(const CoturnSetting& setting) {
    using namespace std::chrono_literals;
    const auto seconds = parsed(setting, relay::CountRange{1, 86'400});
    if (!seconds) return;
    auto& lifetime = config_.turn->lifetime;
    const overlay::Duration asked = std::chrono::seconds(*seconds);
    lifetime.longest = std::max<overlay::Duration>(asked, 1min);
    lifetime.initial = std::min(lifetime.initial, lifetime.longest);
    if (asked < 1min) return note(setting, kAdapted, "one minute is the shortest");
    note(setting, kTranslated);
  }

  void read_transport(const CoturnSetting& setting) {
    if (setting.is_on()) {
      if (setting.name == "no-udp") listening_.refused.insert(Transport::kUdp);
      if (setting.name == "no-tcp") listening_.refused.insert(Transport::kTcp);
      if (setting.name == "no-tls") listening_.refused.insert(Transport::kTls);
      if (setting.name == "no-dtls") listening_.refused.insert(Transport::kDtls);
    }
    note(setting, kTranslated);
  }

  void read_threads(const CoturnSetting& setting) {
    const auto threads = parsed(setting, relay::CountRange{0, 256});
    if (!threads) return;
    config_.cores = static_cast<std::uint16_t>(std::max<std::uint32_t>(*threads, 1));
    note(setting, kTranslated);
  }

  void read_verbose(const CoturnSetting& setting) {
    if (setting.is_on()) config_.log.level = overlay::Level::kDebug;
    note(setting, kTranslated);
  }

  void read_prometheus(const CoturnSetting& setting) {
    auto& listen = config_.metrics.listen;
    if (!listen) listen = overlay::Endpoint::parse("127.0.0.1:9641").value();
    if (setting.name == "prometheus-port") {
      const auto port = parsed(setting, relay::CountRange{1, 65535});
      if (!port) return;
      listen->port = static_cast<std::uint16_t>(*port);
      has_prometheus_port_ = true;
    } else if (setting.is_on()) {
      has_prometheus_ = true;
    }
    note(setting, kAdapted,
         "coturn listens on all addresses; here on loopback, and metrics have other names");
  }

  void read_separator(const CoturnSetting& setting) {
    if (setting.value == ":") return note(setting, kNotNeeded, "the separator is ':'");
    note(setting, kNoEquivalent, "the time and the name of a signed user are separated by ':'");
  }

  void read_proxy(const CoturnSetting& setting) {
    const auto port = parsed(setting, relay::CountRange{1, 65535});
    if (!port) return;
    listening_.proxy_port = static_cast<std::uint16_t>(*port);
    note(setting, kAdapted,
         "PROXY headers are believed from private addresses only: name your proxies in proxy_protocol_from");
  }

  // Bytes per second there, whole kilobits here.
  void read_bandwidth(const CoturnSetting& setting) {
    constexpr std::uint64_t kKilobit = 125, kLeast = 1000;
    const auto bytes = parsed(setting, relay::CountRange{0, 4'000'000'000});
    if (!bytes) return;
    if (*bytes == 0) return note(setting, kNotNeeded, "0 is no limit, as without it");
    config_.turn->limits.bandwidth_per_allocation =
        std::max(kLeast, (*bytes + kKilobit - 1) / kKilobit * kKilobit);
    note(setting, kAdapted, "of payload, without TURN's own headers");
  }

  void read_mobility(const CoturnSetting& setting) {
    config_.turn->protocol.mobility = setting.is_on();
    if (!setting.is_on()) return note(setting, kNotNeeded, "mobility is off anyway");
    note(setting, kAdapted, "needs a node with one data plane, so cores is 1");
  }

  // ADDRESS or ADDRESS:PORT.
  void read_alternate(const CoturnSetting& setting) {
    const std::uint16_t default_port = setting.name == "alternate-server" ? 3478 : 5349;
    const auto bare = IpAddress::parse(setting.value);
    const auto server = bare ? overlay::Endpoint{*bare, default_port}
                             : overlay::Endpoint::parse(setting.value).value_or(overlay::Endpoint{});
    if (server.address.is_unspecified() || server.port == 0)
      return note(setting, kMalformed, "is neither ADDRESS nor ADDRESS:PORT");
    alternates_.push_back({setting, server});
  }

  // What becomes of these is known when all addresses are.
  void read_discovery(const CoturnSetting& setting) {
    if (setting.name == "alt-listening-port") {
      const auto port = parsed(setting, relay::CountRange{0, 65535});
      if (!port) return;
      listening_.alternate_port = static_cast<std::uint16_t>(*port);
      if (*port == 0) return note(setting, kNotNeeded, "0 is the port after listening-port, as without it");
    } else if (!setting.is_on() || setting.name == "no-rfc5780") {
      refuses_discovery_ |= setting.is_on();
      return note(setting, kNotNeeded, "RFC 5780 is off unless switched on");
    }
    discovery_.push_back(setting);
  }

  // ---- the whole ----

  void finish() {
    if (!has_prometheus_) config_.metrics.listen.reset();
    if (has_prometheus_port_ && !has_prometheus_)
      findings_.push_back({0, "prometheus-port", kNotNeeded, "metrics are off without prometheus"});
    auto& ports = config_.turn->relay_ports;
    if (ports.first > ports.last) {
      findings_.push_back({0, "min-port", kMalformed, "is above max-port; the default range is taken"});
      ports = {};
    }
    config_.node.is_edge = true;
    if (config_.turn->protocol.mobility) config_.cores = 1;
    choose_addresses();
    show_external();
    check_tls();
    listening_.discovers_nat = !discovery_.empty() && !refuses_discovery_;
    add_listeners(listening_, *config_.turn);
    finish_discovery();
    finish_alternates();
    if (config_.turn->all_listeners().empty() && missing_.empty())
      missing_ = "the file switches every transport off";
    if (config_.turn->rest_secrets.empty() && config_.turn->users.empty() && missing_.empty())
      missing_ =
          "no client could log in: the file has neither static-auth-secret nor user (coturn may have them in "
          "a database)";
  }

  void choose_addresses() {
    auto& relay = config_.turn->relay_addresses;
    if (listening_.addresses.empty()) listening_.addresses = own_addresses_.empty() ? relay : own_addresses_;
    std::erase_if(listening_.addresses, [](const IpAddress& address) { return address.is_unspecified(); });
    for (const auto& external : external_)
      if (listening_.addresses.empty() && external.local) listening_.addresses.push_back(*external.local);
    if (listening_.addresses.empty())
      missing_ =
          "the file names no address of this host, which coturn finds out itself: give --address, for each "
          "family";
    // Clients ask for an IPv4 address unless they say otherwise (RFC 8656 section 7.2).
    const bool is_empty = relay.empty();
    for (const IpAddress& address : listening_.addresses)
      if ((is_empty || address.is_v4()) && !has_family(relay, address)) relay.push_back(address);
  }

  void show_external() {
    auto& turn = *config_.turn;
    for (const auto& [setting, shown, local] : external_) {
      const auto relay = std::ranges::find(turn.relay_addresses, shown.family(), &IpAddress::family);
      const bool is_meant = relay != turn.relay_addresses.end() && (!local || *local == *relay);
      if (!is_meant)
        note(setting, kNoEquivalent, "no relay address stands behind it");
      else if (has_family(turn.public_addresses, shown))
        note(setting, kNoEquivalent, "one public address of each family; the first is taken");
      else if (shown == *relay)
        note(setting, kNotNeeded, "is the relay address itself");
      else {
        turn.public_addresses.push_back(shown);
        note(setting, kTranslated);
      }
    }
    if (relay::check_public_addresses(turn)) {
      turn.allow_private_relay_addresses = true;
      findings_.push_back({0, "external-ip", kAdapted,
                           "clients are shown a private address, as by coturn: if that is not meant, write "
                           "turn.public_addresses and remove turn.allow_private_relay_addresses"});
    }
  }

  void check_tls() {
    auto& tls = config_.turn->tls;
    if (tls.certificate.empty() == tls.key.empty()) return;
    findings_.push_back(
        {0, tls.key.empty() ? "cert" : "pkey", kAdapted, "cert and pkey go together: TLS and DTLS are off"});
    tls = {};
  }

  void finish_discovery() {
    for (const CoturnSetting& setting : discovery_)
      if (refuses_discovery_)
        note(setting, kNotNeeded, "no-rfc5780 switches it off");
      else if (config_.turn->protocol.nat_discovery)
        note(setting, kTranslated);
      else
        note(setting, kNoEquivalent,
             "RFC 5780 needs UDP and TCP at two addresses of one family, and another port");
  }

  void finish_alternates() {
    const auto own = config_.turn->all_listeners();
    for (const auto& [setting, server] : alternates_) {
      if (std::ranges::find(own, server, &relay::ListenerConfig::address) != own.end()) {
        note(setting, kNoEquivalent, "is this node itself");
        continue;
      }
      if (is_loopback(server.address)) {
        note(setting, kNoEquivalent, "clients cannot reach it");
        continue;
      }
      const bool is_plain = setting.name == "alternate-server";
      auto& turn = *config_.turn;
      (is_plain ? turn.alternatives : turn.tls_alternatives).push_back(server);
      note(setting, kAdapted,
           "clients go there when this node is full or drained, not always; give all of them the same "
           "nonce_keys" +
               std::string(is_plain ? "" : ", and a certificate that names the address"));
    }
  }

  [[nodiscard]] static bool is_loopback(const IpAddress& address) {
    return (address.is_v4() && address.octets().front() == 127) || address == *IpAddress::parse("::1");
  }

  [[nodiscard]] static bool has_family(const std::vector<IpAddress>& addresses, const IpAddress& of) {
    return std::ranges::find(addresses, of.family(), &IpAddress::family) != addresses.end();
  }

  struct External {
    CoturnSetting setting;
    IpAddress shown;
    std::optional<IpAddress> local;
  };

  struct Alternate {
    CoturnSetting setting;
    overlay::Endpoint server;
  };

  std::vector<IpAddress> own_addresses_;
  relay::NodeConfig config_;
  std::vector<ImportFinding> findings_;
  std::string missing_;
  CoturnListening listening_;
  std::vector<External> external_;
  std::vector<Alternate> alternates_;
  std::vector<CoturnSetting> discovery_;
  bool refuses_discovery_ = false;
  bool has_prometheus_ = false;
  bool has_prometheus_port_ = false;
};

}  // namespace

const char* to_string(ImportOutcome outcome) {
  switch (outcome) {
    case kTranslated:
      return "translated";
    case kAdapted:
      return "adapted";
    case kNotNeeded:
      return "not needed";
    case kNoEquivalent:
      return "no equivalent";
    case kUnknown:
      return "unknown";
    case kMalformed:
      return "malformed";
  }
  return "unknown";
}

CoturnImport import_coturn(std::string_view text, const std::vector<IpAddress>& addresses) {
  return Importing(addresses).run(text);
}

}  // namespace cli
