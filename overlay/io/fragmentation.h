// Controls whether the kernel may fragment the datagrams of a socket.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "overlay/base/endpoint.h"

namespace overlay {

// Fragmented relayed packets are better than lost ones: we do not discover the MTU behind a peer, and a
// forged ICMP message must not reduce it. IPv4 uses OMIT. IPv6 routers do not fragment, and OMIT would
// suppress "packet too big" for sockets that want it, so IPv6 uses DONT. False when the kernel rejects the
// option.
inline bool set_fragmentation(int fd, AddressFamily family, bool is_allowed) {
  const bool is_v4 = family == AddressFamily::kV4;
  const int allowed = is_v4 ? IP_PMTUDISC_OMIT : IPV6_PMTUDISC_DONT;
  static_assert(IP_PMTUDISC_PROBE == IPV6_PMTUDISC_PROBE);
  const int how = is_allowed ? allowed : IP_PMTUDISC_PROBE;
  return ::setsockopt(fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6, is_v4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER,
                      &how, sizeof how) == 0;
}

}  // namespace overlay
