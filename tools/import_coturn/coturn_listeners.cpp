#include "tools/import_coturn/coturn_listeners.h"

#include <algorithm>
#include <string_view>

namespace cli {
namespace {

using overlay::IpAddress;
using overlay::Transport;

std::vector<Transport> transports_of(const CoturnListening& coturn, bool has_tls) {
  std::vector<Transport> transports;
  for (const Transport transport : {Transport::kUdp, Transport::kTcp, Transport::kTls, Transport::kDtls}) {
    const bool is_encrypted = transport == Transport::kTls || transport == Transport::kDtls;
    if (!coturn.refused.contains(transport) && (has_tls || !is_encrypted)) transports.push_back(transport);
  }
  return transports;
}

std::vector<Transport> datagrams_of(std::vector<Transport> transports) {
  std::erase_if(transports, [](Transport transport) { return !overlay::is_datagram(transport); });
  return transports;
}

std::vector<Transport> streams_of(std::vector<Transport> transports) {
  std::erase_if(transports, overlay::is_datagram);
  return transports;
}

// coturn opens the port for UDP only if DTLS is on, and for TCP only if TLS is on.
std::vector<Transport> at_tls_port(std::vector<Transport> transports) {
  const bool has_tls = std::ranges::count(transports, Transport::kTls) > 0;
  const bool has_dtls = std::ranges::count(transports, Transport::kDtls) > 0;
  std::erase_if(transports,
                [&](Transport transport) { return overlay::is_datagram(transport) ? !has_dtls : !has_tls; });
  return transports;
}

// coturn accepts a PROXY header from every address; a proxy seldom has a public address.
std::vector<overlay::IpPrefix> likely_proxies() {
  std::vector<overlay::IpPrefix> proxies;
  for (const std::string_view block :
       {"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"})
    proxies.push_back(overlay::IpPrefix::parse(block).value());
  return proxies;
}

// The first two addresses of one family.
std::vector<IpAddress> discovery_addresses(const CoturnListening& coturn) {
  for (const IpAddress& first : coturn.addresses)
    for (const IpAddress& second : coturn.addresses)
      if (first != second && first.family() == second.family()) return {first, second};
  return {};
}

// All four ports need UDP; empty if that is not possible.
std::vector<overlay::Endpoint> discovery_ports(const CoturnListening& coturn) {
  if (!coturn.discovers_nat || coturn.refused.contains(Transport::kUdp) || coturn.port == 65535) return {};
  const auto next = static_cast<std::uint16_t>(coturn.port + 1);
  const std::uint16_t alternate = coturn.alternate_port == 0 ? next : coturn.alternate_port;
  if (alternate == coturn.port) return {};
  std::vector<overlay::Endpoint> ports;
  for (const IpAddress& address : discovery_addresses(coturn))
    for (const std::uint16_t port : {coturn.port, alternate})
      ports.push_back({address, port});
  return ports;
}

}  // namespace

void add_listeners(const CoturnListening& coturn, relay::TurnSection& turn) {
  const bool has_tls = !turn.tls.certificate.empty();
  const auto add = [&](const overlay::Endpoint& address, std::vector<Transport> transports,
                       std::vector<overlay::IpPrefix> proxies) {
    const auto all = turn.all_listeners();
    const bool is_taken = std::ranges::find(all, address, &relay::ListenerConfig::address) != all.end();
    if (is_taken || transports.empty()) return;
    turn.listeners.push_back({.address = address,
                              .transports = std::move(transports),
                              .proxy_protocol_from = std::move(proxies),
                              .https_backend = {}});
  };
  const std::vector<Transport> all = transports_of(coturn, has_tls);
  const std::vector<Transport> direct = coturn.proxy_port == 0 ? all : datagrams_of(all);
  for (const overlay::Endpoint& port : discovery_ports(coturn)) {
    add(port, direct, {});
    turn.protocol.nat_discovery = true;
  }
  for (const IpAddress& address : coturn.addresses) {
    add({address, coturn.port}, direct, {});
    add({address, coturn.tls_port}, at_tls_port(direct), {});
    if (coturn.proxy_port != 0) add({address, coturn.proxy_port}, streams_of(all), likely_proxies());
  }
  for (const overlay::Endpoint& port : coturn.auxiliary)
    add(port, direct, {});
}

}  // namespace cli
