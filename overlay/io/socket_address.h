// Endpoints in the form of socket calls.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "overlay/base/endpoint.h"

namespace overlay {

// Room for both families and no more, because batches hold many.
union SocketAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

// Writes into `out` and returns the length; 0 for an endpoint without an address.
socklen_t to_socket_address(const Endpoint& endpoint, SocketAddress& out);
// Returns an endpoint without an address for any other family.
[[nodiscard]] Endpoint to_endpoint(const SocketAddress& from);

[[nodiscard]] IpAddress to_ip_address(const in_addr& from);
[[nodiscard]] IpAddress to_ip_address(const in6_addr& from);

}  // namespace overlay
