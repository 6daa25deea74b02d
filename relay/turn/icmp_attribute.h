// The ICMP attribute that reports an ICMP error to a client (RFC 8656 sections 11.5 and 18.13).
#pragma once

#include "overlay/base/bytes.h"
#include "overlay/base/packet_io.h"

namespace relay {

// Section 11.5 names the types that a client may receive.
[[nodiscard]] bool is_for_clients(const overlay::IcmpError& error);

//   |           reserved            | ICMP type, 7  |  ICMP code, 9   |
//   |                    error data: the MTU, or zero                 |
[[nodiscard]] overlay::ByteArray<8> icmp_value(const overlay::IcmpError& error);

}  // namespace relay
