#include "tools/cli/coturn_protocol.h"

#include <algorithm>

#include "relay/node/config_values.h"

namespace cli {
namespace {

using enum ImportOutcome;
using overlay::IpAddress;

bool is_loopback(const IpAddress& address) {
  return (address.is_v4() && address.octets().front() == 127) || address == *IpAddress::parse("::1");
}

}  // namespace

bool CoturnProtocol::read(const CoturnSetting& setting) {
  static const CoturnReaders<CoturnProtocol> kReaders = {
      {"mobility", &CoturnProtocol::read_mobility},
      {"alternate-server", &CoturnProtocol::read_alternate},
      {"tls-alternate-server", &CoturnProtocol::read_alternate},
      {"rfc5780", &CoturnProtocol::read_discovery},
      {"no-rfc5780", &CoturnProtocol::read_discovery},
      {"alt-listening-port", &CoturnProtocol::read_discovery},
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

// What becomes of these is known when all addresses are.
void CoturnProtocol::read_discovery(const CoturnSetting& setting) {
  if (setting.name == "alt-listening-port") {
    const auto port = into_.parsed(setting, relay::CountRange{0, 65535});
    if (!port) return;
    into_.listening.alternate_port = static_cast<std::uint16_t>(*port);
    if (*port == 0)
      return into_.note(setting, kNotNeeded, "0 is the port after listening-port, as without it");
  } else if (!setting.is_on() || setting.name == "no-rfc5780") {
    refuses_discovery_ |= setting.is_on();
    into_.listening.discovers_nat &= !refuses_discovery_;
    return into_.note(setting, kNotNeeded, "RFC 5780 is off unless switched on");
  }
  discovery_.push_back(setting);
  into_.listening.discovers_nat = !refuses_discovery_;
}

void CoturnProtocol::finish() {
  if (into_.turn().protocol.mobility) into_.config.cores = 1;
  finish_discovery();
  finish_alternates();
}

void CoturnProtocol::finish_discovery() {
  for (const CoturnSetting& setting : discovery_)
    if (refuses_discovery_)
      into_.note(setting, kNotNeeded, "no-rfc5780 switches it off");
    else if (into_.turn().protocol.nat_discovery)
      into_.note(setting, kTranslated);
    else
      into_.note(setting, kNoEquivalent,
                 "RFC 5780 needs UDP and TCP at two addresses of one family, and another port");
}

void CoturnProtocol::finish_alternates() {
  auto& turn = into_.turn();
  const auto own = turn.all_listeners();
  for (const auto& [setting, server] : alternates_) {
    if (std::ranges::find(own, server, &relay::ListenerConfig::address) != own.end()) {
      into_.note(setting, kNoEquivalent, "is this node itself");
      continue;
    }
    if (is_loopback(server.address)) {
      into_.note(setting, kNoEquivalent, "clients cannot reach it");
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
