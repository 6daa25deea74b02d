#include "relay/turn/relayed_addresses.h"

#include <algorithm>
#include <vector>

namespace relay {
namespace {

RelayedPortsConfig port_range(const TurnServerConfig& config) {
  return {.min = config.relay_port_min,
          .max = config.relay_port_max,
          .stride = config.port_stride,
          .offset = config.port_offset};
}

}  // namespace

RelayedAddresses::RelayedAddresses(const TurnServerConfig& config, TcpRelay& tcp, overlay::PacketIo& io,
                                   overlay::Random& random)
    : config_(config), tcp_(tcp), ports_(port_range(config), io, random), shared_ports_(ports_) {}

void RelayedAddresses::reconfigure() {
  ports_.set_range(port_range(config_));
}

TurnStatus RelayedAddresses::open(const TurnRequest& request, const AllocateRequest& asked,
                                  Allocation& allocation) {
  if (asked.token) {
    const auto claimed = ports_.claim(*asked.token, request.username, request.now);
    if (!claimed) return overlay::Unexpected(kInsufficientCapacity);
    allocation.relayed = *claimed;
    return overlay::Success{};
  }
  if (asked.is_dual) return open_dual(asked, allocation);
  const auto family = asked.family.value_or(default_family(request));
  const auto address = address_of(family);
  if (!address) return overlay::Unexpected(kFamilyNotSupported);
  if (asked.reserves_next_port) {
    const auto pair = ports_.open_pair(*address, request.username, request.now);
    if (!pair) return overlay::Unexpected(kInsufficientCapacity);
    allocation.relayed = pair->relayed;
    allocation.reservation_token = pair->token;
    return overlay::Success{};
  }
  if (may_share(asked) && shared_ports_.join(allocation, *address, config_.shared_relay_ports))
    return overlay::Success{};
  allocation.relays_tcp = asked.wants_tcp;
  const auto opened = asked.wants_tcp ? open_tcp(*address) : ports_.open(*address, asked.wants_even_port);
  if (!opened) return overlay::Unexpected(kInsufficientCapacity);
  allocation.relayed = *opened;
  return overlay::Success{};
}

// One of two addresses is a success, and the answer reports the missing family. Without any address the
// answer is 508 even where only one family is served: 440 would keep the client from asking again (RFC 8656
// sections 7.2 and 7.4).
TurnStatus RelayedAddresses::open_dual(const AllocateRequest& asked, Allocation& allocation) {
  int missing = 0;  // the error code of the missing family
  std::vector<overlay::Endpoint> opened;
  for (const auto family : {overlay::AddressFamily::kV4, overlay::AddressFamily::kV6}) {
    const auto address = address_of(family);
    const auto endpoint = address ? ports_.open(*address, asked.wants_even_port) : std::nullopt;
    if (endpoint)
      opened.push_back(*endpoint);
    else
      missing = address ? kInsufficientCapacity.code : kFamilyNotSupported.code;
  }
  if (opened.empty()) return overlay::Unexpected(kInsufficientCapacity);
  allocation.relayed = opened.front();
  if (opened.size() == 2) allocation.second = RelayedAddress{.endpoint = opened.back()};
  allocation.address_error = static_cast<std::uint16_t>(missing);
  return overlay::Success{};
}

void RelayedAddresses::close(Allocation& allocation) {
  if (allocation.shared_port)
    shared_ports_.leave(allocation);
  else if (allocation.relays_tcp)
    tcp_.close(allocation.relayed);
  else
    ports_.close(allocation.relayed);
}

// Requests for exactly one relayed address of UDP. Shared ports are even. An allocation that may move to
// another 5-tuple needs its own port.
bool RelayedAddresses::may_share(const AllocateRequest& asked) const {
  const bool may_move = asked.wants_ticket && config_.mobility;
  return config_.shared_relay_ports > 0 && !asked.wants_tcp && !may_move;
}

std::optional<overlay::Endpoint> RelayedAddresses::open_tcp(const overlay::IpAddress& address) {
  return ports_.open_elsewhere(address,
                               [&](const overlay::Endpoint& relayed) { return tcp_.listen(relayed); });
}

std::optional<overlay::IpAddress> RelayedAddresses::address_of(overlay::AddressFamily family) const {
  const auto found = std::ranges::find(config_.relay_addresses, family, &overlay::IpAddress::family);
  if (found == config_.relay_addresses.end()) return std::nullopt;
  return *found;
}

// RFC 8656 section 7.2 grants IPv4, or answers 440, when the request names no family. Browsers never name
// one, so the default is the family of the client's own socket, or else a family that the server has. The
// configuration can require the RFC's rule.
overlay::AddressFamily RelayedAddresses::default_family(const TurnRequest& request) const {
  if (config_.defaults_to_ipv4) return overlay::AddressFamily::kV4;
  const auto wanted = request.meta.local.address.family();
  if (address_of(wanted) || config_.relay_addresses.empty()) return wanted;
  return config_.relay_addresses.front().family();
}

}  // namespace relay
