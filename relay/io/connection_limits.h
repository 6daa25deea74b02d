// How many connections one data plane holds, in all and for each network: a single machine, or a single
// customer of a provider, must not take every place.
//
//   source    IPv4 /32, IPv6 /64    Limits::per_source
//   site      IPv6 /56              a quarter of all
//   network   IPv4 /24, IPv6 /48    half of all
//
// A /48 or a /24 is what one customer gets, so nobody fills all places from one. The wider ones may always
// have as many as one source.
//
// A connection is unproven until its client has authenticated. When there is no place, the oldest unproven
// connection in the narrowest network that is full makes room. So a flood from one network evicts its own,
// and a client that authenticates at once gets a place during a flood from everywhere. Others are never
// evicted. Belongs to one thread.
#pragma once

#include <array>
#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <unordered_map>

#include "overlay/base/endpoint.h"
#include "overlay/base/ip_prefix.h"
#include "relay/turn/allocation.h"

namespace relay {

class ConnectionLimits {
 public:
  struct Limits {
    std::size_t in_all = 10'000;
    std::size_t per_source = 256;
  };
  enum class Admission { kAdmitted, kFull, kSourceFull, kNetworkFull };

  explicit ConnectionLimits(Limits limits) : limits_(limits) {}

  // Calls is_proven(FiveTuple) for the oldest unproven connections in the way, and evict(FiveTuple) for the
  // first one that is not; evict() calls release().
  template <typename IsProven, typename Evict>
  [[nodiscard]] Admission admit(const overlay::IpAddress& client, IsProven is_proven, Evict evict) {
    while (true) {
      Obstacle obstacle = find_obstacle(client);
      if (obstacle.reason == Admission::kAdmitted) break;
      if (!obstacle.oldest_unproven) return obstacle.reason;
      const FiveTuple oldest = *obstacle.oldest_unproven;
      remove_unproven(oldest);
      if (!is_proven(oldest)) evict(oldest);
    }
    restore(client);
    return Admission::kAdmitted;
  }
  // Takes a release() back, whatever the limits.
  void restore(const overlay::IpAddress& client);
  // Of one that was admitted. It is no longer unproven.
  void release(const overlay::IpAddress& client);
  [[nodiscard]] std::size_t count() const { return all_.count; }

  // The newest connection that may be evicted. `source`: the address that was admitted for it.
  void add_unproven(const FiveTuple& connection, const overlay::IpAddress& source);
  // It has authenticated, or it ends. No effect on others.
  void remove_unproven(const FiveTuple& connection);
  [[nodiscard]] std::size_t unproven() const { return places_.size(); }

 private:
  using Queue = std::list<FiveTuple>;
  struct Network {
    std::size_t count = 0;
    Queue unproven;  // oldest first
  };
  // The networks of an address, narrowest first.
  static constexpr std::size_t kMaxNetworks = 3;
  struct Share {
    overlay::IpPrefix network;
    std::size_t limit = 0;  // 0: the address has no such network
    Admission reason{};
  };
  using Shares = std::array<Share, kMaxNetworks>;
  struct Obstacle {
    Admission reason = Admission::kAdmitted;
    std::optional<FiveTuple> oldest_unproven;
  };
  struct Place {
    overlay::IpAddress source;
    Queue::iterator in_all;
    std::array<Queue::iterator, kMaxNetworks> in_networks;
  };

  [[nodiscard]] Shares shares_of(const overlay::IpAddress& client) const;
  [[nodiscard]] Obstacle find_obstacle(const overlay::IpAddress& client) const;
  [[nodiscard]] Network& network_of(const Share& share);

  Limits limits_;
  Network all_;
  std::map<overlay::IpPrefix, Network> networks_;  // with connections; at most three of each connection
  std::unordered_map<FiveTuple, Place> places_;    // of unproven connections
};

}  // namespace relay
