#include "relay/turn/mobility.h"

#include <fmt/format.h>

namespace relay {
namespace {

constexpr std::size_t kTicketDigits = 32;

}  // namespace

MobilityTicket MobilityTickets::issue(const FiveTuple& holder) {
  for (;;) {
    const auto [entry, is_new] =
        holders_by_ticket_.emplace(fmt::format("{:016x}{:016x}", random_.u64(), random_.u64()), holder);
    if (is_new) return entry->first;
  }
}

std::optional<FiveTuple> MobilityTickets::holder_of(std::string_view ticket) const {
  if (ticket.size() != kTicketDigits) return std::nullopt;
  const auto found = holders_by_ticket_.find(MobilityTicket(ticket));
  if (found == holders_by_ticket_.end()) return std::nullopt;
  return found->second;
}

}  // namespace relay
