#include "overlay/forwarding/overlay_plane.h"

#include <algorithm>
#include <utility>

namespace overlay {
namespace {

static_assert(kRouteHeaderSize == Link::kRouteHeaderSize);

// A link stays fast for this time after the last packet of a flow.
constexpr Duration kActivityMemory = std::chrono::seconds(2);
constexpr Duration kRefreshInterval = std::chrono::milliseconds(500);
constexpr std::size_t kMaxActivities = 4096;
// A thread that stalled reads a full socket queue within this time. A flood that fills the queue for longer
// must not hide a dead link.
constexpr Duration kLongestUnread = std::chrono::milliseconds(200);
// Events wait here until the shell polls them after the same input.
constexpr std::size_t kMaxEvents = 1024;

}  // namespace

OverlayPlane::OverlayPlane(OverlayPlaneConfig config, PacketIo& io)
    : config_(config), io_(io), gate_(config.self), table_(std::make_shared<ForwardingTable>()) {}

void OverlayPlane::install_session(NodeId neighbor, const Endpoint& local, const Endpoint& remote,
                                   const LinkSession& session, Instant now) {
  auto [found, added] = adjacencies_.try_emplace(neighbor, Adjacency{.link = Link(neighbor, config_.link)});
  Adjacency& adjacency = found->second;
  const auto before = adjacency.link.local_indexes();
  adjacency.link.install(session, {.local = local, .remote = remote}, now);
  const auto after = adjacency.link.local_indexes();
  for (const SessionIndex index : before)
    if (std::ranges::find(after, index) == after.end()) neighbors_by_session_.erase(index);
  neighbors_by_session_[session.local_index] = neighbor;
  if (added) next_refresh_ = now;
}

void OverlayPlane::remove_link(NodeId neighbor) {
  const auto found = adjacencies_.find(neighbor);
  if (found == adjacencies_.end()) return;
  for (const SessionIndex index : found->second.link.local_indexes())
    neighbors_by_session_.erase(index);
  adjacencies_.erase(found);
}

void OverlayPlane::set_forwarding(std::shared_ptr<const ForwardingTable> table,
                                  std::shared_ptr<const MediaKeyring> keyring) {
  CHECK(table != nullptr && keyring != nullptr);
  table_ = std::move(table);
  gate_.set_keyring(std::move(keyring));
}

LinkState OverlayPlane::link_state(NodeId neighbor) const {
  const auto found = adjacencies_.find(neighbor);
  return found == adjacencies_.end() ? LinkState::kDown : found->second.link.state();
}

Result<Success, DropReason> OverlayPlane::send_control(NodeId neighbor, Bytes payload, Instant now) {
  const auto refuse = [&](DropReason reason) {
    counters_.control_refused.count(reason);
    return Unexpected(reason);
  };
  const auto found = adjacencies_.find(neighbor);
  if (found == adjacencies_.end()) return refuse(DropReason::kNoLink);
  PacketBuffer& frame = io_.acquire();
  Adjacency& adjacency = found->second;
  if (!frame.assign(payload)) return refuse(DropReason::kOversized);
  if (const auto sealed = adjacency.link.seal_control(frame, now); !sealed) return refuse(sealed.error());
  io_.send({.source = adjacency.link.local(), .destination = adjacency.link.remote()}, frame);
  ++counters_.control_out;
  return Success{};
}

OverlayPlane::Arrival OverlayPlane::on_frame(const Endpoint& source, PacketBuffer& frame, Instant now) {
  ++counters_.frames_in;
  const auto header = decode_link_header(frame.bytes());
  if (!header) {
    drop(DropReason::kMalformed);
    return {};
  }
  const auto neighbor = neighbors_by_session_.find(header->session);
  if (neighbor == neighbors_by_session_.end()) {
    drop(DropReason::kUnknownSession);
    return {};
  }
  Adjacency& adjacency = adjacencies_.at(neighbor->second);
  const auto opened = adjacency.link.open(*header, source, frame, now);
  if (!opened) {
    drop(opened.error());
    return {};
  }
  judge(adjacency, now);
  return arrive(*opened, neighbor->second, frame, now);
}

OverlayPlane::Arrival OverlayPlane::arrive(const Link::Opened& opened, NodeId neighbor, PacketBuffer& frame,
                                           Instant now) {
  if (opened.kind == FrameKind::kProbe) {
    ++counters_.probes_in;
    return {};
  }
  if (opened.kind == FrameKind::kControl) {
    ++counters_.control_in;
    return {.kind = Arrival::Kind::kControl, .from = neighbor, .inner = {}};
  }
  const auto route = decode_route_header(opened.route_header);
  if (!route || route->next_hop() != config_.self) {
    drop(route ? DropReason::kNotForUs : DropReason::kMalformed);
    return {};
  }
  if (route->egress() != config_.self) {
    forward(*route, frame, now);
    return {};
  }
  const auto inner = gate_.open(route->ingress, route->flow_label, frame);
  if (!inner) {
    drop(inner.error());
    return {};
  }
  if (table_->relayed_by(inner->source.address) != route->ingress) {
    drop(DropReason::kForeignSource);
    return {};
  }
  ++counters_.opened;
  return {.kind = Arrival::Kind::kMedia, .from = route->ingress, .inner = *inner};
}

void OverlayPlane::forward(const RouteHeader& arrived, PacketBuffer& sealed, Instant now) {
  if (!config_.carries_transit) return drop(DropReason::kNotTransit);
  const auto via = route_in_transit(config_.self, arrived, *table_, *this);
  if (!via) return drop(via.error());
  note_activity(in_transit_, arrived.egress(), via->primary.next_hop(), now);
  if (const auto sent = transmit(*via, sealed, now); !sent) return drop(sent.error());
  ++counters_.forwarded;
  if (via->primary.repaired && !arrived.repaired) ++counters_.repaired;
}

Result<Success, DropReason> OverlayPlane::send_media(NodeId egress, std::uint32_t flow_label,
                                                     const InnerHeader& inner, PacketBuffer& payload,
                                                     Instant now) {
  const auto refuse = [&](DropReason reason) {
    counters_.refused.count(reason);
    return Unexpected(reason);
  };
  const auto via = route_at_ingress(config_.self, egress, flow_label, *table_, *this);
  if (!via) return refuse(via.error());
  if (payload.headroom() < MediaGate::kMaxOverhead + Link::kMediaOverhead)
    return refuse(DropReason::kOversized);
  if (const auto sealed = gate_.seal(egress, flow_label, inner, payload); !sealed)
    return refuse(sealed.error());
  note_activity(begun_here_, egress, via->primary.next_hop(), now);
  if (const auto sent = transmit(*via, payload, now); !sent) return refuse(sent.error());
  ++counters_.sealed;
  return Success{};
}

Result<Success, DropReason> OverlayPlane::transmit(const ForwardVia& via, PacketBuffer& sealed, Instant now) {
  const bool duplicated = via.duplicate && transmit_duplicate(*via.duplicate, via.primary.next_hop(),
                                                              std::as_const(sealed).bytes(), now);
  RouteHeader primary = via.primary;
  if (via.duplicate) primary.duplicated = duplicated;  // otherwise a later node may still duplicate
  const auto sent = send_copy(primary, sealed, now);
  if (!sent && duplicated) return Success{};
  return sent;
}

bool OverlayPlane::transmit_duplicate(const RouteHeader& header, NodeId suspect, Bytes sealed, Instant now) {
  PacketBuffer& copy = io_.acquire();
  if (!copy.assign(sealed) || !send_copy(header, copy, now)) {
    ++counters_.duplicates_lost;
    return false;
  }
  ++counters_.duplicated;
  ++adjacencies_.at(suspect).duplicated;
  return true;
}

Result<Success, DropReason> OverlayPlane::send_copy(const RouteHeader& header, PacketBuffer& sealed,
                                                    Instant now) {
  const auto found = adjacencies_.find(header.next_hop());
  if (found == adjacencies_.end()) return Unexpected(DropReason::kNoLink);
  ByteArray<kRouteHeaderSize> encoded;
  encode_route_header(header, encoded);
  Adjacency& adjacency = found->second;
  if (const auto framed = adjacency.link.seal_media(sealed, encoded, now); !framed) return framed;
  io_.send({.source = adjacency.link.local(), .destination = adjacency.link.remote()}, sealed);
  return Success{};
}

void OverlayPlane::note_activity(Activities& activities, NodeId egress, NodeId next_hop, Instant now) {
  const auto found = activities.find(egress);
  const bool is_new = found == activities.end() || now - found->second.last > kActivityMemory;
  if (found == activities.end() && activities.size() >= kMaxActivities)
    return void(++counters_.flows_unwatched);
  activities[egress] = {.next_hop = next_hop, .last = now};
  // The links of a new flow must be watched closely from the first packet.
  if (is_new) next_refresh_ = now;
}

bool OverlayPlane::has_alternative(NodeId neighbor) const {
  return std::ranges::any_of(table_->routes(neighbor), [&](const ExplicitRoute& route) {
    return route.first_hop() != neighbor && link_state(route.first_hop()) == LinkState::kUp;
  });
}

void OverlayPlane::judge(Adjacency& adjacency, Instant now) {
  adjacency.link.evaluate(now);
  if (adjacency.link.liveness().is_held() && !has_alternative(adjacency.link.neighbor()))
    adjacency.link.end_hold_up();
  const LinkState state = adjacency.link.state();
  if (state == adjacency.reported) return;

  const LinkState before = std::exchange(adjacency.reported, state);
  const Liveness& liveness = adjacency.link.liveness();
  if (before == LinkState::kUp) {
    adjacency.suspect_since = now;
    adjacency.unechoed_at_suspicion = adjacency.link.unechoed();
    adjacency.duplicated = 0;
    next_refresh_ = now;  // on_timer() judges the links whose alternative this one was
  }
  report(LinkChanged{.neighbor = adjacency.link.neighbor(),
                     .session = adjacency.link.session(),
                     .before = before,
                     .after = state,
                     .fault = liveness.fault(),
                     .failed_at = liveness.failed_at(),
                     .detected_at = adjacency.suspect_since,
                     .at = now,
                     .duplicated = adjacency.duplicated});
  if (state == LinkState::kDown) report_moves(adjacency, now);
}

void OverlayPlane::report_moves(const Adjacency& adjacency, Instant now) {
  report_moves(adjacency, begun_here_, false, now);
  report_moves(adjacency, in_transit_, true, now);
}

void OverlayPlane::report_moves(const Adjacency& adjacency, const Activities& activities, bool in_transit,
                                Instant now) {
  const NodeId failed = adjacency.link.neighbor();
  for (const auto& [egress, activity] : activities) {
    if (activity.next_hop != failed || now - activity.last > kActivityMemory) continue;
    TrafficMoved moved{.egress = egress,
                       .in_transit = in_transit,
                       .fault = adjacency.link.liveness().fault(),
                       .failed_neighbor = failed,
                       .failed_at = adjacency.link.liveness().failed_at(),
                       .detected_at = adjacency.suspect_since,
                       .moved_at = now,
                       .lost = adjacency.unechoed_at_suspicion,
                       .duplicated = adjacency.duplicated,
                       .before = {},
                       .after = {}};
    for (const ExplicitRoute& route : table_->routes(egress))
      if (route.first_hop() == failed && moved.before.empty()) moved.before = route;
    if (const auto via = route_at_ingress(config_.self, egress, 0, *table_, *this))
      moved.after = via->primary.route;
    report(moved);
  }
}

void OverlayPlane::report(const OverlayEvent& event) {
  if (events_.size() >= kMaxEvents) return void(++counters_.events_lost);
  events_.push_back(event);
}

void OverlayPlane::refresh_in_use(Instant now) {
  next_refresh_ = now + kRefreshInterval;
  std::vector<NodeId> in_use;
  for (auto* activities : {&begun_here_, &in_transit_}) {
    std::erase_if(*activities, [&](const auto& entry) { return now - entry.second.last > kActivityMemory; });
    for (const auto& [egress, activity] : *activities) {
      in_use.push_back(activity.next_hop);
      const auto routes = table_->routes(egress);
      for (const ExplicitRoute& route : routes.first(std::min<std::size_t>(routes.size(), 2)))
        in_use.push_back(route.first_hop());
    }
  }
  for (auto& [neighbor, adjacency] : adjacencies_)
    adjacency.link.set_in_use(std::ranges::find(in_use, neighbor) != in_use.end());
}

void OverlayPlane::expire_unconfirmed(Instant now) {
  for (auto& [neighbor, adjacency] : adjacencies_)
    if (const auto expired = adjacency.link.expire_unconfirmed(now)) neighbors_by_session_.erase(*expired);
  std::erase_if(adjacencies_, [](const auto& entry) { return entry.second.link.is_empty(); });
}

bool OverlayPlane::may_count_silence(Instant now) {
  if (!is_unread_)
    unread_since_.reset();
  else if (!unread_since_)
    unread_since_ = now;
  return !unread_since_ || now - *unread_since_ >= kLongestUnread;
}

void OverlayPlane::on_timer(Instant now) {
  expire_unconfirmed(now);
  if (now >= next_refresh_) refresh_in_use(now);
  const bool is_read = may_count_silence(now);
  for (auto& [neighbor, adjacency] : adjacencies_) {
    if (is_read) adjacency.link.note_read(now);
    judge(adjacency, now);
    if (!adjacency.link.probe_due(now)) continue;
    PacketBuffer& probe = io_.acquire();
    if (adjacency.link.seal_probe(probe, now))  // fails only until the session is renewed
      io_.send({.source = adjacency.link.local(), .destination = adjacency.link.remote()}, probe);
  }
}

Instant OverlayPlane::next_timeout() const {
  if (adjacencies_.empty()) return kNever;
  Instant next = next_refresh_;
  for (const auto& [neighbor, adjacency] : adjacencies_)
    next = std::min(next, adjacency.link.next_timeout());
  return next;
}

std::optional<OverlayEvent> OverlayPlane::poll_event() {
  if (events_.empty()) return std::nullopt;
  OverlayEvent event = events_.front();
  events_.pop_front();
  return event;
}

}  // namespace overlay
