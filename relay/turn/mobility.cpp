#include "relay/turn/mobility.h"

#include <algorithm>

#include "overlay/base/wire.h"

namespace relay {

// The bits are random: any of them will do.
std::size_t MobilityTickets::Hash::operator()(const MobilityTicket& ticket) const noexcept {
  return overlay::load_be<std::uint64_t>(ticket.data());
}

MobilityTicket MobilityTickets::issue(const FiveTuple& holder) {
  MobilityTicket ticket{};
  do {
    random_.fill(ticket);
  } while (ticket == MobilityTicket{} || holders_by_ticket_.contains(ticket));
  holders_by_ticket_.emplace(ticket, holder);
  return ticket;
}

std::optional<FiveTuple> MobilityTickets::holder_of(overlay::Bytes ticket) const {
  MobilityTicket key;
  if (ticket.size() != key.size()) return std::nullopt;
  std::ranges::copy(ticket, key.begin());
  const auto found = holders_by_ticket_.find(key);
  if (found == holders_by_ticket_.end()) return std::nullopt;
  return found->second;
}

}  // namespace relay
