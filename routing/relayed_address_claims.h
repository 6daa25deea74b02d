// Decides which node owns a relayed address when several nodes claim the address: the address has moved, a
// configuration is wrong, or two private networks use the same range. A pure function of the records.
#pragma once

#include <vector>

#include "routing/link_state_db.h"

namespace routing {

struct RelayedAddressOwner {
  IpAddress address;
  NodeId owner;
  std::vector<NodeId> rivals;  // other nodes that claim the address, ascending; empty without a conflict

  bool operator==(const RelayedAddressOwner&) const = default;
};

// The newest claim wins, and of equally old claims that of the lowest id. At db.self() its own claims win.
// Ascending by address.
[[nodiscard]] std::vector<RelayedAddressOwner> relayed_address_owners(const LinkStateDb& db);

}  // namespace routing
