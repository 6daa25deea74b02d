#include "relay/io/connection_limits.h"

#include <algorithm>

#include "overlay/base/check.h"

namespace relay {

// A proxy that has not named its client yet has no address, and is a source of its own.
ConnectionLimits::Shares ConnectionLimits::shares_of(const overlay::IpAddress& client) const {
  using overlay::IpPrefix;
  const std::size_t source = std::max<std::size_t>(limits_.per_source, 1);
  const std::size_t site = std::max(source, limits_.in_all / 4);
  const std::size_t network = std::max(source, limits_.in_all / 2);
  if (client.is_v6())
    return {Share{IpPrefix::around(client, 64), source, Admission::kSourceFull},
            Share{IpPrefix::around(client, 56), site, Admission::kNetworkFull},
            Share{IpPrefix::around(client, 48), network, Admission::kNetworkFull}};
  if (client.is_v4())
    return {Share{IpPrefix::around(client, 32), source, Admission::kSourceFull},
            Share{IpPrefix::around(client, 24), network, Admission::kNetworkFull}};
  return {Share{{}, source, Admission::kSourceFull}};
}

ConnectionLimits::Obstacle ConnectionLimits::find_obstacle(const overlay::IpAddress& client) const {
  const auto obstacle = [](const Network& full, Admission reason) {
    return Obstacle{
        .reason = reason,
        .oldest_unproven = full.unproven.empty() ? std::nullopt : std::optional(full.unproven.front())};
  };
  for (const Share& share : shares_of(client)) {
    if (share.limit == 0) break;
    const auto found = networks_.find(share.network);
    if (found != networks_.end() && found->second.count >= share.limit)
      return obstacle(found->second, share.reason);
  }
  return all_.count >= limits_.in_all ? obstacle(all_, Admission::kFull) : Obstacle{};
}

void ConnectionLimits::restore(const overlay::IpAddress& client) {
  ++all_.count;
  for (const Share& share : shares_of(client))
    if (share.limit != 0) ++networks_[share.network].count;
}

void ConnectionLimits::release(const overlay::IpAddress& client) {
  for (const Share& share : shares_of(client)) {
    if (share.limit == 0) break;
    const auto found = networks_.find(share.network);
    CHECK(found != networks_.end());
    if (--found->second.count > 0) continue;
    CHECK(found->second.unproven.empty());
    networks_.erase(found);
  }
  --all_.count;
}

ConnectionLimits::Network& ConnectionLimits::network_of(const Share& share) {
  const auto found = networks_.find(share.network);
  CHECK(found != networks_.end());
  return found->second;
}

void ConnectionLimits::add_unproven(const FiveTuple& connection, const overlay::IpAddress& source) {
  remove_unproven(connection);
  Place place{
      .source = source, .in_all = all_.unproven.insert(all_.unproven.end(), connection), .in_networks = {}};
  const Shares shares = shares_of(source);
  for (std::size_t i = 0; i < shares.size() && shares[i].limit != 0; ++i) {
    Queue& queue = network_of(shares[i]).unproven;
    place.in_networks[i] = queue.insert(queue.end(), connection);
  }
  places_.emplace(connection, place);
}

void ConnectionLimits::remove_unproven(const FiveTuple& connection) {
  const auto found = places_.find(connection);
  if (found == places_.end()) return;
  const Place& place = found->second;
  all_.unproven.erase(place.in_all);
  const Shares shares = shares_of(place.source);
  for (std::size_t i = 0; i < shares.size() && shares[i].limit != 0; ++i)
    network_of(shares[i]).unproven.erase(place.in_networks[i]);
  places_.erase(found);
}

}  // namespace relay
