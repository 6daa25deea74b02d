#include "relay/node/client_handover.h"

#include <utility>

#include "relay/turn/allocate_request.h"
#include "relay/turn/peer_connections.h"

namespace relay {

ClientHandover::ClientHandover(std::size_t core, std::size_t cores, std::shared_ptr<GuestClients> guests,
                               const TurnServer& turn)
    : core_(core), cores_(cores), guests_(std::move(guests)), turn_(turn) {}

std::optional<std::size_t> ClientHandover::find_host(const overlay::DatagramMeta& meta,
                                                     overlay::Bytes datagram) const {
  if (meta.transport != overlay::Transport::kUdp) return std::nullopt;
  const auto token = reservation_claimed_by(datagram);
  if (!token && guests_->empty()) return std::nullopt;
  const FiveTuple client = five_tuple_of(meta);
  if (turn_.has_allocation(client)) return std::nullopt;
  auto host = guests_->host_of(client);
  if (!host && token) host = *token % cores_;
  return host == core_ ? std::nullopt : host;
}

void ClientHandover::note_served(const FiveTuple& client, overlay::Bytes datagram) {
  if (reservation_claimed_by(datagram) && turn_.has_allocation(client)) guests_->add(client, core_);
}

std::optional<std::size_t> ClientHandover::find_holder(const FiveTuple& client,
                                                       overlay::Bytes message) const {
  std::optional<std::size_t> holder;
  if (const auto token = reservation_claimed_by(message)) holder = *token % cores_;
  if (const auto id = turn_.serves_tcp() ? named_by_connection_bind(message) : std::nullopt)
    holder = id->value % cores_;
  if (!holder || holder == core_ || turn_.has_allocation(client)) return std::nullopt;
  return holder;
}

}  // namespace relay
