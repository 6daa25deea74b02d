#include "relay/turn/shared_ports.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace relay {
namespace {

// An allocation is still there for a moment after its time.
bool permits(const Allocation& allocation, const overlay::IpAddress& peer, overlay::Instant now) {
  return now < allocation.expires_at && allocation.has_permission(peer, now);
}

bool is_full(const Allocation& allocation) {
  return allocation.shared_port->claimed.size() >=
         std::size_t{allocation.max_permissions} + allocation.max_channels;
}

// The lower port decides between equals, so that the order of the table does not matter.
bool is_less_used(const std::pair<const overlay::Endpoint, std::size_t>& port,
                  const std::pair<const overlay::Endpoint, std::size_t>& other) {
  return std::pair(port.second, port.first.port) < std::pair(other.second, other.first.port);
}

}  // namespace

SharedPorts::~SharedPorts() {
  for (const auto& [relayed, sharers] : sharers_by_relayed_)
    ports_.close(relayed);
}

bool SharedPorts::join(Allocation& allocation, const overlay::IpAddress& address, std::size_t most) {
  std::size_t open = 0;
  auto chosen = sharers_by_relayed_.end();
  for (auto port = sharers_by_relayed_.begin(); port != sharers_by_relayed_.end(); ++port) {
    if (port->first.address != address || !ports_.is_in_range(port->first.port)) continue;
    ++open;
    if (chosen == sharers_by_relayed_.end() || is_less_used(*port, *chosen)) chosen = port;
  }
  if (open < most) {
    if (const auto opened = ports_.open_shared(address))
      chosen = sharers_by_relayed_.emplace(*opened, 0).first;
  }
  if (chosen == sharers_by_relayed_.end()) return false;
  ++chosen->second;
  allocation.relayed = chosen->first;
  allocation.shared_port = std::make_unique<SharedPortPart>();
  return true;
}

void SharedPorts::leave(Allocation& allocation) {
  for (const overlay::Endpoint& peer : allocation.shared_port->claimed)
    claims_.erase({allocation.relayed, peer});
  while (!allocation.shared_port->permitted.empty())
    delist(allocation, overlay::IpAddress(allocation.shared_port->permitted.back()));
  allocation.shared_port.reset();

  const auto port = sharers_by_relayed_.find(allocation.relayed);
  CHECK(port != sharers_by_relayed_.end());
  if (--port->second > 0) return;
  sharers_by_relayed_.erase(port);
  ports_.close(allocation.relayed);
}

// ---- claims ----

bool SharedPorts::is_alive(const Claims::value_type& claim, overlay::Instant now) {
  const auto& [leg, held] = claim;
  const bool has_channel = now < held.channel_until && now < held.owner->expires_at;
  return has_channel || permits(*held.owner, leg.peer.address, now);
}

bool SharedPorts::is_taken(const Allocation& allocation, const overlay::Endpoint& peer,
                           overlay::Instant now) const {
  const auto found = claims_.find({allocation.relayed, peer});
  return found != claims_.end() && found->second.owner != &allocation && is_alive(*found, now);
}

bool SharedPorts::claim(Allocation& allocation, const overlay::Endpoint& peer, overlay::Instant now) {
  const auto found = claims_.find({allocation.relayed, peer});
  if (found != claims_.end()) {
    if (found->second.owner == &allocation) return true;
    if (is_alive(*found, now)) return false;
    end(found);
  }
  if (is_full(allocation)) give_up_oldest(allocation, now);
  auto& claimed = allocation.shared_port->claimed;
  claimed.push_back(peer);
  claims_.emplace(Leg{allocation.relayed, peer},
                  Claim{.owner = &allocation, .in_owner = std::prev(claimed.end())});
  return true;
}

void SharedPorts::on_channel(Allocation& allocation, const overlay::Endpoint& peer, overlay::Instant now) {
  CHECK(claim(allocation, peer, now));
  claims_.find({allocation.relayed, peer})->second.channel_until = now + Allocation::kChannelLifetime;
  enlist(allocation, peer.address, now);
}

void SharedPorts::end(Claims::iterator claim) {
  claim->second.owner->shared_port->claimed.erase(claim->second.in_owner);
  claims_.erase(claim);
}

// Those with channels go to the end, so that they are met once in a round.
void SharedPorts::give_up_oldest(Allocation& allocation, overlay::Instant now) {
  auto& claimed = allocation.shared_port->claimed;
  for (std::size_t left = claimed.size(); left > 0; --left) {
    const auto oldest = claims_.find({allocation.relayed, claimed.front()});
    if (now >= oldest->second.channel_until) return end(oldest);
    claimed.splice(claimed.end(), claimed, claimed.begin());
  }
}

// ---- permissions ----

void SharedPorts::on_permissions(Allocation& allocation, std::span<const overlay::Endpoint> peers,
                                 overlay::Instant now) {
  for (const overlay::Endpoint& peer : peers) {
    enlist(allocation, peer.address, now);
    if (peer.port != 0 && !is_full(allocation)) (void)claim(allocation, peer, now);
  }
}

void SharedPorts::enlist(Allocation& allocation, const overlay::IpAddress& peer, overlay::Instant now) {
  auto& permitted = allocation.shared_port->permitted;
  if (std::ranges::find(permitted, peer) != permitted.end()) return;
  if (permitted.size() >= allocation.max_permissions) delist_expired(allocation, now);
  permitted.push_back(peer);
  holders_[{allocation.relayed, {peer, 0}}].insert(&allocation);
}

void SharedPorts::delist(Allocation& allocation, const overlay::IpAddress& peer) {
  std::erase(allocation.shared_port->permitted, peer);
  const auto holders = holders_.find({allocation.relayed, {peer, 0}});
  holders->second.erase(&allocation);
  if (holders->second.empty()) holders_.erase(holders);
}

void SharedPorts::delist_expired(Allocation& allocation, overlay::Instant now) {
  std::vector<overlay::IpAddress> expired;
  std::ranges::copy_if(allocation.shared_port->permitted, std::back_inserter(expired),
                       [&](const overlay::IpAddress& peer) { return !allocation.has_permission(peer, now); });
  for (const overlay::IpAddress& peer : expired)
    delist(allocation, peer);
}

// ---- what peers send ----

overlay::Result<Allocation*, TurnDrop> SharedPorts::find(const overlay::Endpoint& relayed,
                                                         const overlay::Endpoint& peer,
                                                         overlay::Instant now) {
  const auto found = claims_.find({relayed, peer});
  if (found != claims_.end() && is_alive(*found, now)) return found->second.owner;
  if (!owns(relayed)) return overlay::Unexpected(TurnDrop::kNoAllocation);
  const auto holder = find_only_holder({relayed, {peer.address, 0}}, now);
  // A peer must not cost its client other peers.
  if (holder && !is_full(**holder)) (void)claim(**holder, peer, now);
  return holder;
}

// Meets two that live at most, and each that does not for the last time.
overlay::Result<Allocation*, TurnDrop> SharedPorts::find_only_holder(const Leg& any_port,
                                                                     overlay::Instant now) {
  const auto found = holders_.find(any_port);
  if (found == holders_.end()) return overlay::Unexpected(TurnDrop::kNoPermission);
  Holders& holders = found->second;
  Allocation* only = nullptr;
  for (auto holder = holders.begin(); holder != holders.end();) {
    if (!permits(**holder, any_port.peer.address, now)) {
      std::erase((*holder)->shared_port->permitted, any_port.peer.address);
      holder = holders.erase(holder);
      continue;
    }
    if (only != nullptr) return overlay::Unexpected(TurnDrop::kAmbiguousPeer);
    only = *holder++;
  }
  if (only != nullptr) return only;
  holders_.erase(found);
  return overlay::Unexpected(TurnDrop::kNoPermission);
}

}  // namespace relay
