#include "overlay/io/socket_address.h"

#include <cstring>

#include <arpa/inet.h>

namespace overlay {

socklen_t to_socket_address(const Endpoint& endpoint, SocketAddress& out) {
  const Bytes octets = endpoint.address.octets();
  switch (endpoint.address.family()) {
    case AddressFamily::kV4:
      out.v4 = sockaddr_in{.sin_family = AF_INET, .sin_port = htons(endpoint.port)};
      std::memcpy(&out.v4.sin_addr, octets.data(), octets.size());
      return sizeof out.v4;
    case AddressFamily::kV6:
      out.v6 = sockaddr_in6{.sin6_family = AF_INET6, .sin6_port = htons(endpoint.port)};
      std::memcpy(&out.v6.sin6_addr, octets.data(), octets.size());
      return sizeof out.v6;
    case AddressFamily::kNone:
      break;
  }
  return 0;
}

Endpoint to_endpoint(const SocketAddress& from) {
  if (from.any.sa_family == AF_INET) return {to_ip_address(from.v4.sin_addr), ntohs(from.v4.sin_port)};
  if (from.any.sa_family == AF_INET6) return {to_ip_address(from.v6.sin6_addr), ntohs(from.v6.sin6_port)};
  return {};
}

IpAddress to_ip_address(const in_addr& from) {
  ByteArray<4> octets;
  std::memcpy(octets.data(), &from, octets.size());
  return IpAddress::v4(octets);
}

IpAddress to_ip_address(const in6_addr& from) {
  ByteArray<16> octets;
  std::memcpy(octets.data(), &from, octets.size());
  return IpAddress::v6(octets);
}

}  // namespace overlay
