#include "relay/config/alternatives.h"

#include <algorithm>
#include <string>

namespace relay {
namespace {

bool is_loopback(const overlay::IpAddress& address) {
  return (address.is_v4() && address.octets().front() == 127) || address == *overlay::IpAddress::parse("::1");
}

// A listener may have all addresses of the host, or stand behind a NAT.
bool is_this_node(const overlay::Endpoint& server, const TurnSection& section) {
  const auto contains = [&](const std::vector<overlay::IpAddress>& addresses) {
    return std::ranges::find(addresses, server.address) != addresses.end();
  };
  const bool is_own_address = contains(section.relay_addresses) || contains(section.public_addresses);
  return std::ranges::any_of(section.all_listeners(), [&](const ListenerConfig& own) {
    return own.address == server || (is_own_address && own.address.port == server.port);
  });
}

}  // namespace

// A client that is sent to this node again would come back at once.
std::optional<Complaint> complaint_about_alternative(const overlay::Endpoint& server,
                                                     const TurnSection& section) {
  if (server.address.is_unspecified() || is_loopback(server.address))
    return Complaint{server.to_string() + " is not a server that clients can reach",
                     "write the public address and TURN port of another edge"};
  if (is_this_node(server, section))
    return Complaint{
        server.to_string() + " is this node itself",
        "name other edges only; edges behind one public address each need their own public port"};
  return std::nullopt;
}

void check_alternatives(MapReader& turn, const TurnSection& section) {
  const auto check = [&](const char* key, const std::vector<overlay::Endpoint>& servers) {
    for (const overlay::Endpoint& server : servers)
      if (const auto complaint = complaint_about_alternative(server, section)) turn.complain(key, *complaint);
  };
  check("alternatives", section.alternatives);
  check("tls_alternatives", section.tls_alternatives);
}

}  // namespace relay
