// Mobility (RFC 8016), off unless configured: a client whose address changed takes its allocation along by
// showing a ticket from its new address.
//
//   no ticket --Allocate with an empty MOBILITY-TICKET--> ticket A
//   ticket A  --Refresh from another 5-tuple with A-----> ticket B; A is void, the old 5-tuple forgotten
//   ticket B  --that Refresh once more, retransmitted---> ticket B again
//
// A ticket is 128 random bits, one for each allocation that asked, so there are never more than allocations;
// it moves that allocation only, and only for its user. It is dropped with the allocation.
// It is written in 32 digits, although the RFC's is any bytes: coturn's client keeps it as a C string of at
// most 32 characters.
#pragma once

#include <optional>
#include <string_view>
#include <unordered_map>

#include "overlay/base/keyed_hash.h"
#include "overlay/base/random.h"
#include "relay/turn/allocation.h"

namespace relay {

class MobilityTickets {
 public:
  explicit MobilityTickets(overlay::Random& random) : random_(random) {}

  // A fresh ticket for the client's allocation.
  [[nodiscard]] MobilityTicket issue(const FiveTuple& holder);
  // The 5-tuple of the allocation that it is for.
  [[nodiscard]] std::optional<FiveTuple> holder_of(std::string_view ticket) const;
  // Of no effect for the empty ticket.
  void revoke(const MobilityTicket& ticket) { holders_by_ticket_.erase(ticket); }

  [[nodiscard]] std::size_t size() const { return holders_by_ticket_.size(); }

 private:
  overlay::Random& random_;
  std::unordered_map<MobilityTicket, FiveTuple, overlay::KeyedHasher> holders_by_ticket_;
};

}  // namespace relay
