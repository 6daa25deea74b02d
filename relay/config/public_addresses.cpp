#include "relay/config/public_addresses.h"

#include <algorithm>
#include <array>
#include <string>

#include "overlay/base/ip_prefix.h"

namespace relay {
namespace {

using overlay::IpAddress;

constexpr std::array kPrivate{
    "10.0.0.0/8",      // RFC 1918
    "172.16.0.0/12",   // RFC 1918
    "192.168.0.0/16",  // RFC 1918
    "100.64.0.0/10",   // RFC 6598, carriers' NAT
    "127.0.0.0/8",     // loopback
    "169.254.0.0/16",  // link-local
    "::1/128",         // loopback
    "fc00::/7",        // RFC 4193
    "fe80::/10",       // link-local
};

const IpAddress& shown(const TurnSection& turn, const IpAddress& relay_address) {
  const auto found = std::ranges::find(turn.public_addresses, relay_address.family(), &IpAddress::family);
  return found == turn.public_addresses.end() ? relay_address : *found;
}

}  // namespace

bool has_family(const std::vector<IpAddress>& addresses, overlay::AddressFamily family) {
  return std::ranges::find(addresses, family, &IpAddress::family) != addresses.end();
}

bool is_private(const IpAddress& address) {
  return std::ranges::any_of(kPrivate, [&](const char* const text) {
    return overlay::IpPrefix::parse(text).value().contains(address);
  });
}

std::optional<Complaint> check_public_addresses(const TurnSection& turn) {
  if (turn.detects_public_addresses && !turn.public_addresses.empty())
    return Complaint{"is auto and a list of addresses at once", "keep one of the two"};
  for (auto at = turn.public_addresses.begin(); at != turn.public_addresses.end(); ++at) {
    if (!has_family(turn.relay_addresses, at->family()))
      return Complaint{at->to_string() + " has a family without an address in turn.relay_addresses",
                       "remove it, or add a relay address"};
    if (std::find_if(turn.public_addresses.begin(), at,
                     [&](const IpAddress& other) { return other.family() == at->family(); }) != at)
      return Complaint{at->to_string() + " is the second of its family", "write one for each family"};
  }
  if (turn.detects_public_addresses || turn.allow_private_relay_addresses) return std::nullopt;
  for (const IpAddress& address : turn.relay_addresses)
    if (is_private(shown(turn, address)))
      return Complaint{
          shown(turn, address).to_string() + " is private, so clients outside cannot reach it",
          "write the address that clients see into turn.public_addresses, or auto to detect it, or "
          "turn.allow_private_relay_addresses: true if all clients and peers are inside"};
  return std::nullopt;
}

std::vector<IpAddress> shown_addresses(const TurnSection& turn) {
  std::vector<IpAddress> addresses;
  for (const IpAddress& address : turn.relay_addresses)
    addresses.push_back(shown(turn, address));
  return addresses;
}

}  // namespace relay
