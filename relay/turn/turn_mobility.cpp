// How an allocation of TurnServer follows its client (RFC 8016 section 3.2).
#include <utility>

#include "relay/turn/turn_server.h"

namespace relay {

Allocation* TurnServer::find_by_ticket(const Request& request) {
  const auto ticket = request.message.find(StunAttribute::kMobilityTicket);
  if (!config_.mobility || !ticket || request.message.type().method != StunMethod::kRefresh) return nullptr;
  const auto holder = tickets_.holder_of(overlay::as_text(*ticket));
  return holder ? find(*holder, request.now) : nullptr;
}

void TurnServer::give_ticket(Allocation& allocation) {
  allocation.mobility = std::make_unique<Mobility>();
  allocation.mobility->ticket = tickets_.issue(allocation.five_tuple);
}

// The old 5-tuple is forgotten at once, not kept until the client has used the new one (the RFC allows both):
// no client ever has two.
std::optional<TurnFailure> TurnServer::move_here(const Request& request, Allocation*& allocation) {
  const auto ticket = request.message.find(StunAttribute::kMobilityTicket);
  if (!config_.mobility || !ticket || request.message.type().method != StunMethod::kRefresh)
    return std::nullopt;
  const bool is_retransmitted = allocation != nullptr && allocation->mobility &&
                                allocation->mobility->moved_by == request.message.transaction();
  Allocation* const meant = find_by_ticket(request);
  if (is_retransmitted || (meant != nullptr && meant == allocation)) return std::nullopt;
  if (meant == nullptr || allocation != nullptr) return Failure{400, "MOBILITY-TICKET is of no allocation"};
  if (meant->username != request.username) return Failure{441, "Wrong Credentials"};

  const FiveTuple from = meant->five_tuple;
  const FiveTuple to = five_tuple_of(request.meta);
  deadlines_.erase({meant->next_expiry(), from});
  deadlines_.insert({meant->next_expiry(), to});
  auto entry = allocations_by_client_.extract(from);
  entry.key() = to;
  allocations_by_client_.insert(std::move(entry));
  meant->five_tuple = to;
  tickets_.revoke(meant->mobility->ticket);
  give_ticket(*meant);
  meant->mobility->moved_by = request.message.transaction();
  allocation = meant;
  return std::nullopt;
}

}  // namespace relay
