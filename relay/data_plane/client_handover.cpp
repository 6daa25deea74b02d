#include "relay/data_plane/client_handover.h"

#include <utility>

#include "relay/turn/allocate_request.h"
#include "relay/turn/peer_connections.h"

namespace relay {

ClientHandover::ClientHandover(std::size_t core, std::size_t cores, std::shared_ptr<GuestClients> guests,
                               const TurnServer& turn)
    : core_(core), cores_(cores), guests_(std::move(guests)), turn_(turn) {}

std::optional<std::size_t> ClientHandover::find_host(const overlay::DatagramMeta& meta,
                                                     overlay::Bytes datagram) const {
  if (meta.transport != overlay::Transport::kUdp && meta.transport != overlay::Transport::kDtls)
    return std::nullopt;
  const auto token = reservation_claimed_by(datagram);
  if (!token && guests_->empty()) return std::nullopt;
  const FiveTuple client = five_tuple_of(meta);
  if (turn_.has_allocation(client)) return std::nullopt;
  auto host = host_of(client);
  if (!host && token && *token % cores_ != core_) host = *token % cores_;
  return host;
}

std::optional<std::size_t> ClientHandover::host_of(const FiveTuple& client) const {
  const auto way = guests_->find(client);
  return way && way->host != core_ ? std::optional(way->host) : std::nullopt;
}

std::optional<std::size_t> ClientHandover::way_back(const FiveTuple& client) const {
  if (client.transport != overlay::Transport::kDtls) return std::nullopt;
  if (served_ == client) return served_reached_;
  const auto way = guests_->find(client);
  return way && way->host == core_ ? std::optional(way->reached) : std::nullopt;
}

void ClientHandover::serve(const FiveTuple& client, std::size_t reached) {
  served_ = client;
  served_reached_ = reached;
}

void ClientHandover::note_served(overlay::Bytes datagram) {
  if (reservation_claimed_by(datagram) && turn_.has_allocation(*served_))
    guests_->add(*served_, {.reached = served_reached_, .host = core_});
  served_.reset();
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
