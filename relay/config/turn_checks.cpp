// The rules of the section turn and of the sections within it.
#include <algorithm>

#include "relay/config/alternatives.h"
#include "relay/config/config_checks.h"
#include "relay/config/public_addresses.h"
#include "relay/turn/nat_discovery.h"

namespace relay {
namespace {

// The first address of each family that clients call.
void relay_where_clients_call(MapReader& map, TurnSection& turn) {
  for (const ListenerConfig& listener : turn.all_listeners()) {
    const overlay::IpAddress& address = listener.address.address;
    if (address.is_unspecified())
      return map.require("relay_addresses", "write the address that peers see, for example 192.0.2.1");
    if (!has_family(turn.relay_addresses, address.family())) turn.relay_addresses.push_back(address);
  }
}

void check_shown_addresses(MapReader& map, const TurnSection& turn) {
  if (turn.detects_public_addresses)
    map.require("stun_servers", "name servers to ask, for example the TURN ports of other edges");
  const auto complaint = check_public_addresses(turn);
  if (!complaint) return;
  for (const char* const key : {"public_addresses", "relay_addresses", "listen"})
    if (map.has(key)) return map.complain(key, *complaint);
  map.complain("listeners", *complaint);
}

void check_credentials(MapReader& map) {
  if (map.has_content("rest_secrets") || map.has("rest_secrets_file") || map.has_content("users")) return;
  map.complain("rest_secrets", {"no client could log in", "add rest_secrets, rest_secrets_file or users"});
}

// A data plane without a pair of ports would refuse all its clients.
void check_relay_ports(MapReader& map, const TurnSection& turn, const NodeConfig& config) {
  const std::size_t pairs = relay_port_pairs(turn.relay_ports);
  if (pairs < config.cores.value_or(1))
    map.complain("relay_ports",
                 {"has fewer pairs of ports (" + std::to_string(pairs) + ") than there are cores",
                  "widen the range, or write fewer cores"});
}

void check_relay_addresses(MapReader& map, const TurnSection& turn) {
  using enum overlay::AddressFamily;
  for (const auto& address : turn.relay_addresses)
    if (address.is_unspecified())
      map.complain("relay_addresses", {address.to_string() + " is not an address that peers can reach",
                                       "write the node's own address"});
  for (const auto family : {kV4, kV6})
    if (std::ranges::count(turn.relay_addresses, family, &overlay::IpAddress::family) > 1)
      map.complain("relay_addresses",
                   {"has more than one address of a family, and only the first would be used",
                    "keep one IPv4 and one IPv6 address; run a node for each of the others"});
  // Clients ask for an IPv4 address by default (RFC 8656 section 7.2).
  if (turn.relay_addresses.empty() || has_family(turn.relay_addresses, kV4)) return;
  for (const ListenerConfig& listener : turn.all_listeners())
    if (listener.address.address.is_v4())
      return map.complain("relay_addresses", {"has no IPv4 address, although clients call one",
                                              "add an IPv4 address: clients ask for it by default"});
}

// Whether both name one port of one address. An unspecified address stands for all of its family.
bool overlap(const overlay::Endpoint& one, const overlay::Endpoint& other) {
  if (one.port != other.port || one.address.family() != other.address.family()) return false;
  return one.address == other.address || one.address.is_unspecified() || other.address.is_unspecified();
}

// Clients and neighbors of one UDP port could not be distinguished.
void check_overlay_ports(MapReader& map, const TurnSection& turn, const NodeConfig& config) {
  if (!config.overlay) return;
  for (const ListenerConfig& listener : turn.all_listeners()) {
    const bool has_udp = std::ranges::any_of(listener.transports, overlay::is_datagram);
    if (has_udp && std::ranges::any_of(config.overlay->listen,
                                       [&](const auto& own) { return overlap(own, listener.address); }))
      map.complain(std::ranges::count(turn.listen, listener.address) > 0 ? "listen" : "listeners",
                   {listener.address.to_string() + " is a port of overlay.listen",
                    "write another port for clients, or for neighbors"});
  }
}

// TCP connections with peers do not count against the bandwidth limits.
void check_tcp_relay(MapReader& map, const TurnSection& turn) {
  const LimitsConfig& limits = turn.limits;
  const bool limits_bandwidth = limits.bandwidth_per_allocation > 0 || limits.bandwidth_per_tenant > 0;
  if (turn.tcp_relay.is_enabled && limits_bandwidth)
    map.complain("tcp_relay", {"is not held to the bandwidth limits of turn.limits",
                               "remove these limits, or write enabled: false"});
}

}  // namespace

void check(MapReader& map, TurnUser& user, const NodeReading& reading) {
  if (!map.has("key")) map.require("password", "write the password that clients prove to know");
  if (map.has("key") && map.has("password"))
    map.complain("key", {"is given together with a password", "keep one of the two"});
  for (const TurnUser& other : reading.config.turn->users)
    if (!user.name.empty() && other.name == user.name)
      map.complain("name", {"\"" + user.name + "\" is a user already", "remove one of the two"});
}

void check(MapReader& map, LifetimeConfig& lifetime, const NodeReading& /*reading*/) {
  if (!map.has("unasked")) lifetime.unasked = lifetime.initial;
  if (lifetime.longest < lifetime.initial)
    map.complain("max", {"is shorter than default (" + print_duration(lifetime.initial) + ")",
                         "raise max or lower default"});
  else if (lifetime.longest < lifetime.unasked)
    map.complain("unasked", {"is longer than max (" + print_duration(lifetime.longest) + ")",
                             "raise max or lower unasked"});
}

void check(MapReader& map, ProtocolConfig& protocol, const NodeReading& reading) {
  const auto udp = reading.config.turn->addresses_taking(overlay::Transport::kUdp);
  if (protocol.nat_discovery && find_discovery_places(udp).empty())
    map.complain("nat_discovery",
                 {"needs UDP at two addresses and two ports of one family",
                  "list all four combinations in turn.listen, or in turn.listeners with udp, none of "
                  "them a wildcard"});
  // The kernel selects the data plane by the client's address. A client that moved could reach another one.
  if (protocol.mobility && reading.config.cores != 1)
    map.complain("mobility", {"needs a node with one data plane", "write cores: 1"});
}

void check(MapReader& map, TurnSection& turn, const NodeReading& reading) {
  if (!map.has_content("listeners"))
    map.require("listen", "write the address and port for clients, for example 192.0.2.1:3478");
  if (!map.has_content("relay_addresses")) relay_where_clients_call(map, turn);
  check_shown_addresses(map, turn);
  check_listeners(map, turn);
  check_alternatives(map, turn);
  check_overlay_ports(map, turn, reading.config);
  check_tcp_relay(map, turn);
  check_credentials(map);
  check_relay_ports(map, turn, reading.config);
  check_relay_addresses(map, turn);
}

}  // namespace relay
