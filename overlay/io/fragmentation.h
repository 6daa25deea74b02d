// Whether the kernel may fragment what a socket sends.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "overlay/base/endpoint.h"

namespace overlay {

// Relayed packets may be fragmented rather than lost: the MTU behind a peer is not ours to discover, and a
// forged ICMP message must not shrink it. With IPv4 that is OMIT; with IPv6, where routers do not fragment,
// OMIT would also keep "packet too big" from those who asked for it. False when the kernel refuses.
inline bool set_fragmentation(int fd, AddressFamily family, bool is_allowed) {
  const bool is_v4 = family == AddressFamily::kV4;
  const int allowed = is_v4 ? IP_PMTUDISC_OMIT : IPV6_PMTUDISC_DONT;
  const int refused = is_v4 ? IP_PMTUDISC_PROBE : IPV6_PMTUDISC_PROBE;
  const int how = is_allowed ? allowed : refused;
  return ::setsockopt(fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6, is_v4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER,
                      &how, sizeof how) == 0;
}

}  // namespace overlay
