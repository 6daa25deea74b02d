#include "relay/node/own_addresses.h"

#include <memory>

#include <ifaddrs.h>

#include "overlay/io/socket_address.h"

namespace relay {

std::vector<overlay::IpAddress> own_addresses(const NodeConfig& config) {
  std::vector<overlay::IpAddress> found;
  ifaddrs* listed = nullptr;
  if (::getifaddrs(&listed) == 0) {
    const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all(listed, &::freeifaddrs);
    for (const ifaddrs* at = listed; at != nullptr; at = at->ifa_next) {
      if (at->ifa_addr == nullptr) continue;
      if (at->ifa_addr->sa_family == AF_INET)
        found.push_back(overlay::to_ip_address(reinterpret_cast<const sockaddr_in*>(at->ifa_addr)->sin_addr));
      else if (at->ifa_addr->sa_family == AF_INET6)
        found.push_back(
            overlay::to_ip_address(reinterpret_cast<const sockaddr_in6*>(at->ifa_addr)->sin6_addr));
    }
  }
  if (!config.overlay) return found;
  for (const overlay::Endpoint& shown : config.overlay->advertise)
    found.push_back(shown.address);
  return found;
}

}  // namespace relay
