#include "routing/relayed_address_claims.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace routing {
namespace {

struct Claim {
  NodeId node;
  std::uint32_t claimed_at_s = 0;
};

}  // namespace

std::vector<RelayedAddressOwner> relayed_address_owners(const LinkStateDb& db) {
  std::map<IpAddress, std::vector<Claim>> claims_by_address;
  for (const auto& record : db.records())
    for (const RelayedAddress& relayed : record->relayed_addresses)
      claims_by_address[relayed.address].push_back(
          {.node = record->origin(), .claimed_at_s = relayed.claimed_at_s});

  const auto wins = [&](const Claim& a, const Claim& b) {
    return std::tuple(a.node != db.self(), ~a.claimed_at_s, a.node) <
           std::tuple(b.node != db.self(), ~b.claimed_at_s, b.node);
  };
  std::vector<RelayedAddressOwner> owners;
  owners.reserve(claims_by_address.size());
  for (const auto& [address, claims] : claims_by_address) {
    RelayedAddressOwner entry{.address = address, .owner = std::ranges::min(claims, wins).node, .rivals = {}};
    for (const Claim& claim : claims)
      if (claim.node != entry.owner) entry.rivals.push_back(claim.node);
    std::ranges::sort(entry.rivals);
    entry.rivals.erase(std::unique(entry.rivals.begin(), entry.rivals.end()), entry.rivals.end());
    owners.push_back(std::move(entry));
  }
  return owners;
}

}  // namespace routing
