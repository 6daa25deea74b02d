// Which peers clients may send to: a small security kernel. One function takes every IPv6 form that carries
// an IPv4 address back to that address; one longest-prefix table decides. Nothing else in the server
// classifies addresses.
#pragma once

#include <optional>
#include <vector>

#include "overlay/base/endpoint.h"
#include "overlay/base/ip_prefix.h"

namespace relay {

// The IPv4 address that an IPv6 address stands for, for every embedding that a router or a host might undo:
// IPv4-mapped (RFC 4291 2.5.5.2), IPv4-translated (RFC 2765 2.1), IPv4-compatible (2.5.5.1), 6to4 (RFC 3056),
// Teredo (RFC 4380, the client's), NAT64 (RFC 6052, 64:ff9b::/96; RFC 8215, 64:ff9b:1::/48) and ISATAP (RFC
// 5214). Nothing for all others.
[[nodiscard]] std::optional<overlay::IpAddress> embedded_v4(const overlay::IpAddress& address);

class PeerPolicy {
 public:
  // The rules that always stand: private, shared, loopback, link-local, multicast, unspecified, broadcast,
  // reserved, documentation and metadata addresses are denied, and of IPv6 all but global unicast; the rest
  // is allowed.
  PeerPolicy();

  // Rules of the operator. The longest matching prefix decides; of equal ones, an operator's rule before a
  // built-in one, and denial before permission.
  void allow(const overlay::IpPrefix& prefix) { rules_.push_back({prefix, true, true}); }
  void deny(const overlay::IpPrefix& prefix) { rules_.push_back({prefix, false, true}); }

  // Both the address and the IPv4 address that it embeds, if any, must be allowed.
  [[nodiscard]] bool allows(const overlay::IpAddress& peer) const;

 private:
  struct Rule {
    overlay::IpPrefix prefix;
    bool allowed;
    bool by_operator;
  };
  [[nodiscard]] bool allows_exactly(const overlay::IpAddress& address) const;

  std::vector<Rule> rules_;
};

}  // namespace relay
