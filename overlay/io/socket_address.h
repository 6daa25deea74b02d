// Endpoints as the socket calls want them.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "overlay/base/endpoint.h"

namespace overlay {

// Large enough for both families, and no larger: batches hold many.
union SocketAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

// The length of what it wrote into `out`; 0 for an endpoint without an address.
socklen_t to_socket_address(const Endpoint& endpoint, SocketAddress& out);
// An endpoint without an address for any other family.
[[nodiscard]] Endpoint to_endpoint(const SocketAddress& from);

[[nodiscard]] IpAddress to_ip_address(const in_addr& from);
[[nodiscard]] IpAddress to_ip_address(const in6_addr& from);

}  // namespace overlay
