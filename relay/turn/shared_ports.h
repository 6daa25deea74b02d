// Relayed addresses that several allocations have at once, so that ten thousand need few sockets. A peer's
// datagram does not say for which of them it is; its source does: each peer (address and port) is at one time
// of one allocation on that port, which claimed it by binding a channel to it, by sending to it or by naming
// it in CreatePermission first. The claim lives as long as that channel, or a permission for the peer's
// address; an expired claim may pass to another allocation. A datagram of an unclaimed peer reaches the only
// allocation that permits its address; with several it is dropped.
//
// Owned by TurnServer, on its thread. All that is kept is bounded for each allocation: claims by its
// permissions and channels together, and who permits an address by its permissions.
#pragma once

#include <cstddef>
#include <list>
#include <span>
#include <unordered_map>
#include <unordered_set>

#include "overlay/base/result.h"
#include "relay/turn/allocation.h"
#include "relay/turn/relayed_ports.h"
#include "relay/turn/turn_drop.h"

namespace relay {

class SharedPorts {
 public:
  explicit SharedPorts(RelayedPorts& ports) : ports_(ports) {}
  ~SharedPorts();
  SharedPorts(const SharedPorts&) = delete;
  SharedPorts& operator=(const SharedPorts&) = delete;

  // Gives the allocation the least used of at most so many ports of that address, some not open yet: even
  // ones, as clients may wish. False when none is open and none can be opened.
  [[nodiscard]] bool join(Allocation& allocation, const overlay::IpAddress& address, std::size_t most);
  // Ends what it claims and permits; the last one closes the port.
  void leave(Allocation& allocation);

  [[nodiscard]] bool empty() const { return sharers_by_relayed_.empty(); }
  [[nodiscard]] bool owns(const overlay::Endpoint& relayed) const {
    return sharers_by_relayed_.contains(relayed);
  }

  // ---- of an allocation that has joined ----

  // Whether another allocation has the peer.
  [[nodiscard]] bool is_taken(const Allocation& allocation, const overlay::Endpoint& peer,
                              overlay::Instant now) const;
  // From now on the peer is this allocation's, unless it is taken: then false. With more than it may have,
  // the allocation gives up its oldest without a channel.
  [[nodiscard]] bool claim(Allocation& allocation, const overlay::Endpoint& peer, overlay::Instant now);
  // It has bound a channel to a peer that is not taken; permits the address too.
  void on_channel(Allocation& allocation, const overlay::Endpoint& peer, overlay::Instant now);
  // It has installed permissions. Their ports, which the RFC ignores, tell which peer is meant: it is
  // claimed, unless it is taken or costs another claim.
  void on_permissions(Allocation& allocation, std::span<const overlay::Endpoint> peers, overlay::Instant now);

  // The live allocation that a peer's datagram is for. kNoAllocation: that relayed address is not shared.
  [[nodiscard]] overlay::Result<Allocation*, TurnDrop> find(const overlay::Endpoint& relayed,
                                                            const overlay::Endpoint& peer,
                                                            overlay::Instant now);

 private:
  // Between a relayed address and a peer, or with port 0 any peer of that address.
  struct Leg {
    overlay::Endpoint relayed;
    overlay::Endpoint peer;
    bool operator==(const Leg&) const = default;
  };
  struct LegHash {
    std::size_t operator()(const Leg& leg) const {
      overlay::KeyedHash keyed;
      leg.relayed.add_to(keyed);
      return leg.peer.add_to(keyed).finish();
    }
  };
  struct Claim {
    Allocation* owner;
    std::list<overlay::Endpoint>::iterator in_owner;
    overlay::Instant channel_until{};
  };
  using Claims = std::unordered_map<Leg, Claim, LegHash>;
  using Holders = std::unordered_set<Allocation*>;

  [[nodiscard]] static bool is_alive(const Claims::value_type& claim, overlay::Instant now);
  [[nodiscard]] overlay::Result<Allocation*, TurnDrop> find_only_holder(const Leg& any_port,
                                                                        overlay::Instant now);
  void end(Claims::iterator claim);
  void enlist(Allocation& allocation, const overlay::IpAddress& peer, overlay::Instant now);
  void give_up_oldest(Allocation& allocation, overlay::Instant now);
  void delist(Allocation& allocation, const overlay::IpAddress& peer);
  void delist_expired(Allocation& allocation, overlay::Instant now);

  RelayedPorts& ports_;
  std::unordered_map<overlay::Endpoint, std::size_t> sharers_by_relayed_;
  Claims claims_;
  // Those that permit an address; whose permission is over is found when a datagram asks.
  std::unordered_map<Leg, Holders, LegHash> holders_;
};

}  // namespace relay
