#include "relay/turn/peer_connections.h"

#include <algorithm>
#include <utility>

#include "overlay/base/check.h"
#include "overlay/base/wire.h"

namespace relay {

std::optional<ConnectionId> named_by_connection_bind(overlay::Bytes message) {
  constexpr std::uint16_t kType = encode_type({StunMethod::kConnectionBind, StunClass::kRequest});
  if (message.size() < kStunHeaderSize || overlay::load_be<std::uint16_t>(message.data()) != kType)
    return std::nullopt;
  const auto read = StunReader::parse(message);
  const auto id = read ? read->find_u32(StunAttribute::kConnectionId) : std::nullopt;
  if (!id) return std::nullopt;
  return ConnectionId{*id};
}

void PeerConnections::set_share(std::uint16_t stride, std::uint16_t offset) {
  CHECK(stride > 0 && offset < stride);
  stride_ = stride;
  offset_ = offset;
}

// Random, so that a client cannot guess the id of another client's connection.
ConnectionId PeerConnections::draw() {
  const std::uint32_t whole = random_.u32() / stride_;
  return {.value = (whole > 0 ? whole - 1 : 0) * stride_ + offset_};
}

std::optional<ConnectionId> PeerConnections::add(PeerConnection connection) {
  if (size() >= limits_.connections || of(connection.relayed).size() >= limits_.connections_per_allocation)
    return std::nullopt;
  ConnectionId id = draw();
  while (connections_by_id_.contains(id))
    id = draw();
  ids_by_relayed_[connection.relayed].push_back(id);
  deadlines_.emplace(connection.deadline, id);
  connections_by_id_.emplace(id, std::move(connection));
  return id;
}

const PeerConnection* PeerConnections::find(ConnectionId id) const {
  const auto found = connections_by_id_.find(id);
  return found == connections_by_id_.end() ? nullptr : &found->second;
}

void PeerConnections::set_pending(ConnectionId id, overlay::Instant until) {
  set_state(id, PeerConnection::State::kPending, until);
  deadlines_.emplace(until, id);
}

void PeerConnections::set_bound(ConnectionId id) {
  set_state(id, PeerConnection::State::kBound, overlay::kNever);
}

void PeerConnections::set_state(ConnectionId id, PeerConnection::State state, overlay::Instant deadline) {
  const auto found = connections_by_id_.find(id);
  CHECK(found != connections_by_id_.end());
  deadlines_.erase({found->second.deadline, id});
  found->second.state = state;
  found->second.deadline = deadline;
}

bool PeerConnections::exists(const overlay::Endpoint& relayed, const overlay::Endpoint& peer) const {
  const auto ids = ids_by_relayed_.find(relayed);
  return ids != ids_by_relayed_.end() && std::ranges::any_of(ids->second, [&](ConnectionId id) {
           return connections_by_id_.at(id).peer == peer;
         });
}

void PeerConnections::erase(ConnectionId id) {
  const auto found = connections_by_id_.find(id);
  if (found == connections_by_id_.end()) return;
  deadlines_.erase({found->second.deadline, id});
  const auto ids = ids_by_relayed_.find(found->second.relayed);
  std::erase(ids->second, id);
  if (ids->second.empty()) ids_by_relayed_.erase(ids);
  connections_by_id_.erase(found);
}

std::vector<ConnectionId> PeerConnections::of(const overlay::Endpoint& relayed) const {
  const auto ids = ids_by_relayed_.find(relayed);
  return ids == ids_by_relayed_.end() ? std::vector<ConnectionId>() : ids->second;
}

std::vector<ConnectionId> PeerConnections::with(const PeerChoice& is_chosen) const {
  std::vector<ConnectionId> ids;
  for (const auto& [id, connection] : connections_by_id_)
    if (is_chosen(connection.peer.address)) ids.push_back(id);
  return ids;
}

std::optional<ConnectionId> PeerConnections::find_overdue(PeerConnection::State state,
                                                          overlay::Instant now) const {
  for (auto entry = deadlines_.begin(); entry != deadlines_.end() && now >= entry->first; ++entry)
    if (connections_by_id_.at(entry->second).state == state) return entry->second;
  return std::nullopt;
}

}  // namespace relay
