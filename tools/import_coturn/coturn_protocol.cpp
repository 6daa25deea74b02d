#include "tools/import_coturn/coturn_protocol.h"

#include <algorithm>

#include "relay/config/alternatives.h"
#include "relay/config/config_values.h"

namespace cli {
namespace {

using enum ImportOutcome;
using overlay::IpAddress;

// Of a file that does not switch it off.
constexpr const char* kTcpRelay =
    "coturn relays TCP (RFC 6062) unless this is set; the node does not, and browsers do not need it: for "
    "clients that do, write turn.tcp_relay: {enabled: true}, without bandwidth limits";

constexpr const char* kNoV4Relay =
    "coturn has no IPv4 relay address and refuses clients that ask for no family (440); here they get "
    "an IPv6 address";

}  // namespace

// Coturn's default is that of RFC 8656 section 7.2.
CoturnProtocol::CoturnProtocol(CoturnTranslation& translation) : into_(translation) {
  into_.turn().default_family = relay::DefaultFamily::kIpv4;
}

bool CoturnProtocol::read(const CoturnSetting& setting) {
  static const CoturnReaders<CoturnProtocol> kReaders = {
      {"mobility", &CoturnProtocol::read_mobility},
      {"alternate-server", &CoturnProtocol::read_alternate},
      {"tls-alternate-server", &CoturnProtocol::read_alternate},
      {"rfc5780", &CoturnProtocol::read_discovery},
      {"no-rfc5780", &CoturnProtocol::read_discovery},
      {"alt-listening-port", &CoturnProtocol::read_discovery},
      {"software-attribute", &CoturnProtocol::read_software},
      {"no-software-attribute", &CoturnProtocol::read_software},
      {"no-tcp-relay", &CoturnProtocol::read_tcp_relay},
      {"allocation-default-address-family", &CoturnProtocol::read_family},
      {"keep-address-family", &CoturnProtocol::read_family},
  };
  return read_by(*this, kReaders, setting);
}

void CoturnProtocol::read_mobility(const CoturnSetting& setting) {
  into_.turn().protocol.mobility = setting.is_on();
  if (!setting.is_on()) return into_.note(setting, kNotNeeded, "mobility is off anyway");
  into_.note(setting, kAdapted, "needs a node with one data plane, so cores is 1");
}

// ADDRESS or ADDRESS:PORT.
void CoturnProtocol::read_alternate(const CoturnSetting& setting) {
  const std::uint16_t default_port = setting.name == "alternate-server" ? 3478 : 5349;
  const auto bare = IpAddress::parse(setting.value);
  const auto server = bare ? overlay::Endpoint{*bare, default_port}
                           : overlay::Endpoint::parse(setting.value).value_or(overlay::Endpoint{});
  if (server.address.is_unspecified() || server.port == 0)
    return into_.note(setting, kMalformed, "is neither ADDRESS nor ADDRESS:PORT");
  alternates_.push_back({setting, server});
}

// finish_discovery() notes the outcome, when all addresses are known.
void CoturnProtocol::read_discovery(const CoturnSetting& setting) {
  if (setting.name == "alt-listening-port") {
    const auto port = into_.number(setting, relay::CountRange{0, 65535});
    if (!port) return;
    into_.listening.alternate_port = static_cast<std::uint16_t>(*port);
    if (*port == 0)
      return into_.note(setting, kNotNeeded, "0 means the port after listening-port, which is the default");
  } else if (!setting.is_on() || setting.name == "no-rfc5780") {
    return into_.note(setting, kNotNeeded, "RFC 5780 is off by default");
  }
  discovery_.push_back(setting);
  into_.listening.discovers_nat = true;
}

void CoturnProtocol::read_tcp_relay(const CoturnSetting& setting) {
  names_tcp_relay_ = true;
  if (!setting.is_on()) return into_.note(setting, kAdapted, kTcpRelay);
  into_.note(setting, kNotNeeded, "TCP is not relayed (RFC 6062) unless turn.tcp_relay is enabled");
}

void CoturnProtocol::read_software(const CoturnSetting& setting) {
  const bool is_named = (setting.name == "software-attribute") == setting.is_on();
  if (!is_named) return into_.note(setting, kNotNeeded, "answers carry no SOFTWARE by default");
  into_.turn().software = "Causeway";
  into_.note(setting, kAdapted, "answers name Causeway: see turn.software");
}

// "ipv4", "ipv6" or "keep"; and the older switch that stood for "keep".
void CoturnProtocol::read_family(const CoturnSetting& setting) {
  using enum relay::DefaultFamily;
  const bool is_switch = setting.name == "keep-address-family";
  if (is_switch && !setting.is_on()) return into_.note(setting, kNotNeeded, "is off anyway");
  const std::string_view value = is_switch ? "keep" : std::string_view(setting.value);
  if (value != "keep" && value != "ipv4" && value != "ipv6")
    return into_.note(setting, kMalformed, "is neither ipv4, ipv6 nor keep");
  names_family_ = true;
  into_.turn().default_family = value == "ipv4" ? kIpv4 : kClient;
  if (value == "ipv4") return ipv4_families_.push_back(setting);
  if (value == "ipv6")
    return into_.note(
        setting, kAdapted,
        "there is no IPv6 for all: a client that asks for no family gets the family in which it calls");
  into_.note(setting, kTranslated);
}

void CoturnProtocol::finish() {
  if (into_.turn().protocol.mobility) into_.config.cores = 1;
  finish_discovery();
  finish_alternates();
  finish_tcp_relay();
  finish_family();
}

void CoturnProtocol::finish_tcp_relay() {
  if (!names_tcp_relay_) into_.note("no-tcp-relay", kAdapted, kTcpRelay);
}

// No note where there is only one family. coturn does not check whether there is an IPv4 relay address, and
// refuses clients if there is none.
void CoturnProtocol::finish_family() {
  relay::TurnSection& turn = into_.turn();
  const auto& addresses = turn.relay_addresses;
  const bool is_v6_only = !addresses.empty() && std::ranges::none_of(addresses, &IpAddress::is_v4);
  for (const CoturnSetting& setting : ipv4_families_)
    into_.note(setting, is_v6_only ? kAdapted : kTranslated, is_v6_only ? kNoV4Relay : "");
  if (is_v6_only && turn.default_family == relay::DefaultFamily::kIpv4) {
    turn.default_family = relay::DefaultFamily::kClient;
    if (!names_family_) into_.note("allocation-default-address-family", kAdapted, kNoV4Relay);
  }
  if (names_family_ || addresses.size() < 2) return;
  into_.note(
      "allocation-default-address-family", kTranslated,
      "a client that asks for no family gets IPv4, as with coturn: with turn.default_address_family: client, "
      "browsers that have IPv6 only can reach each other");
}

void CoturnProtocol::finish_discovery() {
  for (const CoturnSetting& setting : discovery_)
    if (into_.turn().protocol.nat_discovery)
      into_.note(setting, kTranslated);
    else
      into_.note(setting, kNoEquivalent,
                 "RFC 5780 needs UDP at two addresses of one family, and a second port");
}

void CoturnProtocol::finish_alternates() {
  auto& turn = into_.turn();
  for (const auto& [setting, server] : alternates_) {
    if (const auto complaint = relay::complaint_about_alternative(server, turn)) {
      into_.note(setting, kNoEquivalent, complaint->what);
      continue;
    }
    const bool is_plain = setting.name == "alternate-server";
    (is_plain ? turn.alternatives : turn.tls_alternatives).push_back(server);
    into_.note(setting, kAdapted,
               "clients go there when this node is full or drained, not always; give all of them the same "
               "nonce_keys" +
                   std::string(is_plain ? "" : ", and a certificate that names the address"));
  }
}

}  // namespace cli
