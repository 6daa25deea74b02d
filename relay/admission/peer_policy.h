// Which peers clients may send to: a small security kernel. One function takes every IPv6 form that carries
// an IPv4 address back to that address; one longest-prefix table decides. Nothing else in the server
// classifies addresses.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "overlay/base/endpoint.h"
#include "overlay/base/ip_prefix.h"

namespace relay {

// The IPv4 addresses that an IPv6 address may stand for, for every embedding that a router or a host might
// undo: IPv4-mapped (RFC 4291 2.5.5.2), IPv4-translated (RFC 2765 2.1), IPv4-compatible (2.5.5.1), 6to4 (RFC
// 3056), Teredo (RFC 4380, the client's), NAT64 (RFC 6052, 64:ff9b::/96) and ISATAP (RFC 5214): one each.
//
// A site's translator may use any prefix of RFC 6052 section 2.2 within 64:ff9b:1::/48 (RFC 8215), and which
// one cannot be seen: of 48, 56, 64 and 96 bits, four addresses. Those in 0.0.0.0/8, which are what the other
// layouts read from zeros and no router forwards to, are left out unless all are.
class EmbeddedAddresses {
 public:
  static constexpr std::size_t kMost = 4;
  void add(const overlay::IpAddress& address) { addresses_[count_++] = address; }
  [[nodiscard]] const overlay::IpAddress* begin() const { return addresses_.data(); }
  [[nodiscard]] const overlay::IpAddress* end() const { return addresses_.data() + count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }

 private:
  std::array<overlay::IpAddress, kMost> addresses_{};
  std::size_t count_ = 0;
};
[[nodiscard]] EmbeddedAddresses embedded_v4(const overlay::IpAddress& address);

// The addresses on which the host answers.
struct HostAddressList {
  std::vector<overlay::IpAddress> addresses;  // ascending
  std::vector<overlay::IpPrefix>
      networks;  // ascending; all addresses of each, such as those of a load balancer
  bool operator==(const HostAddressList&) const = default;
};

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

  // Where this node itself is controlled or watched: no peer, whatever the rules say. The rest of its address
  // may be one, since clients of one node reach each other there.
  void reserve(const overlay::Endpoint& control) { control_.push_back(control); }
  [[nodiscard]] bool is_control(const overlay::Endpoint& peer) const;

  // An address of this host that is not for clients. Packets from the host to itself pass no firewall, so
  // only a rule of the operator for exactly this address opens it.
  void deny_own(const overlay::IpAddress& address) { own_.push_back(address); }
  // All addresses of the host; they are denied like those of deny_own(). nullptr: none.
  void set_host(std::shared_ptr<const HostAddressList> addresses) { host_ = std::move(addresses); }
  // A relayed address of this node: a peer for clients of the same node, also in a private network, unless a
  // rule of the operator denies it. The caller delivers to allocations only and keeps other ports closed. An
  // address that embeds it is no relayed address, because a translator would deliver to any port.
  void allow_relayed(const overlay::IpAddress& address) { relayed_.push_back(address); }
  void withdraw_relayed(const overlay::IpAddress& address) { std::erase(relayed_, address); }
  [[nodiscard]] bool is_relayed(const overlay::IpAddress& address) const;

  // Whether a rule of the operator allows exactly this address, with a prefix of full length.
  [[nodiscard]] bool names(const overlay::IpAddress& peer) const;
  // Both the address and each IPv4 address that it may embed must be allowed.
  [[nodiscard]] bool allows(const overlay::IpAddress& peer) const;
  // Whether it is denied because it is, or embeds, an address of the host that no rule names.
  [[nodiscard]] bool is_closed_host(const overlay::IpAddress& peer) const;

 private:
  struct Rule {
    overlay::IpPrefix prefix;
    bool allowed;
    bool by_operator;
  };
  [[nodiscard]] bool is_own(const overlay::IpAddress& address) const;
  [[nodiscard]] bool allows_relayed(const overlay::IpAddress& address) const;
  [[nodiscard]] bool allows_exactly(const overlay::IpAddress& address) const;
  // The strongest that applies, or none.
  [[nodiscard]] const Rule* find_rule(const overlay::IpAddress& address, bool only_of_operator) const;

  std::vector<Rule> rules_;
  std::vector<overlay::Endpoint> control_;
  std::vector<overlay::IpAddress> own_;
  std::vector<overlay::IpAddress> relayed_;
  std::shared_ptr<const HostAddressList> host_;
};

}  // namespace relay
