#include "relay/admission/peer_policy.h"

#include <algorithm>
#include <tuple>

#include "overlay/base/check.h"

namespace relay {
namespace {

// IANA's special-purpose registries (RFC 6890 and successors) and what clouds serve metadata on.
constexpr const char* kDenied[] = {
    "0.0.0.0/8",         // this network
    "10.0.0.0/8",        // private
    "100.64.0.0/10",     // shared (RFC 6598); 100.100.100.200 is Alibaba's metadata
    "127.0.0.0/8",       // loopback
    "169.254.0.0/16",    // link-local; 169.254.169.254 is everybody's metadata
    "172.16.0.0/12",     // private
    "192.0.0.0/24",      // IETF protocol assignments; 192.0.0.192 is Oracle's metadata
    "192.0.2.0/24",      // documentation
    "192.88.99.0/24",    // 6to4 relay anycast
    "192.168.0.0/16",    // private
    "198.18.0.0/15",     // benchmarking
    "198.51.100.0/24",   // documentation
    "203.0.113.0/24",    // documentation
    "224.0.0.0/4",       // multicast
    "240.0.0.0/4",       // reserved, and broadcast
    "168.63.129.16/32",  // Azure's host
    // Metadata services once more by their exact addresses: allowing a block around one does not allow it.
    "100.100.100.200/32", "169.254.169.254/32", "169.254.170.2/32", "192.0.0.192/32", "fd00:ec2::254/128",
    "fd20:ce::254/128",
    "::/0",            // of IPv6, what is not global unicast is special or unassigned
    "::/96",           // unspecified, loopback, IPv4-compatible
    "::ffff:0:0/96",   // IPv4-mapped: never on the wire
    "64:ff9b:1::/48",  // local NAT64
    "100::/64",        // discard
    "2001::/23",       // IETF protocol assignments, Teredo among them
    "2001:db8::/32",   // documentation
    "2002::/16",       // 6to4
    "3fff::/20",       // documentation
    "5f00::/16",       // segment routing
    "fc00::/7",        // unique local; fd00:ec2::254 is AWS's metadata
    "fe80::/10",       // link-local
    "fec0::/10",       // site-local, deprecated
    "ff00::/8",        // multicast
};

// Global unicast, and NAT64, whose embedded address is judged for itself.
constexpr const char* kAllowed[] = {"2000::/3", "64:ff9b::/96"};

overlay::IpAddress v4_at(overlay::Bytes octets, std::size_t at) {
  return overlay::IpAddress::v4({octets[at], octets[at + 1], octets[at + 2], octets[at + 3]});
}

overlay::IpPrefix prefix(const char* text) {
  const auto parsed = overlay::IpPrefix::parse(text);
  CHECK(parsed.has_value());
  return *parsed;
}

bool is_isatap(overlay::Bytes octets) {
  return (octets[8] & 0xfd) == 0x00 && octets[9] == 0x00 && octets[10] == 0x5e && octets[11] == 0xfe;
}

// Behind prefixes of 48, 56, 64 and 96 bits (RFC 6052 section 2.2); bits 64 to 71 are passed over.
EmbeddedAddresses behind_local_nat64(overlay::Bytes octets) {
  const overlay::IpAddress layouts[EmbeddedAddresses::kMost] = {
      overlay::IpAddress::v4({octets[6], octets[7], octets[9], octets[10]}),
      overlay::IpAddress::v4({octets[7], octets[9], octets[10], octets[11]}), v4_at(octets, 9),
      v4_at(octets, 12)};
  EmbeddedAddresses found;
  for (const overlay::IpAddress& address : layouts)
    if (address.octets()[0] != 0) found.add(address);
  if (found.empty()) found.add(layouts[3]);
  return found;
}

EmbeddedAddresses only(const overlay::IpAddress& address) {
  EmbeddedAddresses one;
  one.add(address);
  return one;
}

}  // namespace

EmbeddedAddresses embedded_v4(const overlay::IpAddress& address) {
  static const overlay::IpPrefix kInLastOctets[] = {prefix("::ffff:0:0/96"), prefix("::ffff:0:0:0/96"),
                                                    prefix("::/96"), prefix("64:ff9b::/96")};
  static const overlay::IpPrefix k6to4 = prefix("2002::/16");
  static const overlay::IpPrefix kTeredo = prefix("2001::/32");
  static const overlay::IpPrefix kLocalNat64 = prefix("64:ff9b:1::/48");
  if (!address.is_v6()) return {};
  const overlay::Bytes octets = address.octets();
  for (const overlay::IpPrefix& block : kInLastOctets)
    if (block.contains(address)) return only(v4_at(octets, 12));
  if (k6to4.contains(address)) return only(v4_at(octets, 2));
  if (kTeredo.contains(address)) {
    // Teredo hides the client's address behind an exclusive or with ones.
    overlay::ByteArray<4> client;
    for (std::size_t i = 0; i < client.size(); ++i)
      client[i] = static_cast<std::uint8_t>(octets[12 + i] ^ 0xff);
    return only(overlay::IpAddress::v4(client));
  }
  if (kLocalNat64.contains(address)) return behind_local_nat64(octets);
  if (is_isatap(octets)) return only(v4_at(octets, 12));
  return {};
}

PeerPolicy::PeerPolicy() {
  const auto add = [this](const char* text, bool allowed) {
    rules_.push_back({prefix(text), allowed, false});
  };
  for (const char* text : kDenied)
    add(text, false);
  for (const char* text : kAllowed)
    add(text, true);
}

const PeerPolicy::Rule* PeerPolicy::find_rule(const overlay::IpAddress& address,
                                              bool only_of_operator) const {
  const Rule* best = nullptr;
  const auto strength = [](const Rule& rule) {
    return std::make_tuple(rule.prefix.length, rule.by_operator, !rule.allowed);
  };
  for (const Rule& rule : rules_) {
    if (only_of_operator && !rule.by_operator) continue;
    if (rule.prefix.contains(address) && (best == nullptr || strength(rule) > strength(*best))) best = &rule;
  }
  return best;
}

bool PeerPolicy::names(const overlay::IpAddress& peer) const {
  const Rule* const rule = find_rule(peer, true);
  return rule != nullptr && rule->allowed && rule->prefix.length == 8 * peer.octets().size();
}

bool PeerPolicy::is_own(const overlay::IpAddress& address) const {
  if (std::ranges::find(own_, address) != own_.end()) return true;
  if (host_ == nullptr) return false;
  return std::ranges::binary_search(host_->addresses, address) ||
         std::ranges::any_of(host_->networks,
                             [&](const overlay::IpPrefix& network) { return network.contains(address); });
}

bool PeerPolicy::is_relayed(const overlay::IpAddress& address) const {
  return std::ranges::find(relayed_, address) != relayed_.end();
}

bool PeerPolicy::allows_relayed(const overlay::IpAddress& address) const {
  const Rule* const of_operator = find_rule(address, true);
  return of_operator == nullptr || of_operator->allowed;
}

bool PeerPolicy::is_closed_host(const overlay::IpAddress& peer) const {
  const auto is_closed = [this](const overlay::IpAddress& address) {
    return is_own(address) && !names(address);
  };
  const EmbeddedAddresses embedded = embedded_v4(peer);
  return (is_closed(peer) && !is_relayed(peer)) || std::any_of(embedded.begin(), embedded.end(), is_closed);
}

bool PeerPolicy::allows_exactly(const overlay::IpAddress& address) const {
  if (is_own(address)) return names(address);
  const Rule* const rule = find_rule(address, false);
  return rule == nullptr || rule->allowed;
}

bool PeerPolicy::allows(const overlay::IpAddress& peer) const {
  if (peer.family() == overlay::AddressFamily::kNone) return false;
  if (is_relayed(peer) ? !allows_relayed(peer) : !allows_exactly(peer)) return false;
  const EmbeddedAddresses embedded = embedded_v4(peer);
  return std::all_of(embedded.begin(), embedded.end(),
                     [this](const overlay::IpAddress& address) { return allows_exactly(address); });
}

bool PeerPolicy::is_control(const overlay::Endpoint& peer) const {
  return std::ranges::any_of(control_, [&](const overlay::Endpoint& control) {
    if (control.port != peer.port) return false;
    const EmbeddedAddresses embedded = embedded_v4(peer.address);
    return control.address == peer.address ||
           std::find(embedded.begin(), embedded.end(), control.address) != embedded.end();
  });
}

}  // namespace relay
