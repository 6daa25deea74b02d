#include "relay/history/event_recorder.h"

#include <algorithm>
#include <utility>

namespace relay {
namespace {

// A move that follows a detector's finding within this time is put down to it.
constexpr overlay::Duration kDegradationMemory = std::chrono::seconds(3);

EventCause cause_of_fault(overlay::LinkFault fault) {
  switch (fault) {
    case overlay::LinkFault::kOneWay:
    case overlay::LinkFault::kPeerReported:
      return EventCause::kOneWay;
    case overlay::LinkFault::kSilent:
    case overlay::LinkFault::kNone:
      break;
  }
  return EventCause::kSilent;
}

// The link of a path that loses most, if one loses noticeably.
std::optional<LinkEnds> lossy_link(const routing::Topology& topology, overlay::NodeId source,
                                   const overlay::ExplicitRoute& path) {
  constexpr double kNoticeable = 0.01;
  std::optional<LinkEnds> worst;
  double worst_loss = kNoticeable;
  overlay::NodeId from = source;
  for (const overlay::NodeId to : path.hops()) {
    const auto* link = topology.find_link(from, to);
    if (link != nullptr && link->loss >= worst_loss) {
      worst_loss = link->loss;
      worst = LinkEnds{from, to};
    }
    from = to;
  }
  return worst;
}

}  // namespace

Event EventRecorder::begin(EventCause cause, overlay::NodeId destination, overlay::Instant now) const {
  Event event;
  event.unix_ms = wall_clock_.since_epoch(now) / std::chrono::milliseconds(1);
  event.at = now;
  event.cause = cause;
  event.source = self_;
  event.destination = destination;
  return event;
}

void EventRecorder::moved_by_own_link(const routing::PathTableDelta& delta, const overlay::LinkChanged& fault,
                                      overlay::Instant now) {
  for (const routing::PathMove& move : delta.moves) {
    Event event = begin(cause_of_fault(fault.fault), move.destination, now);
    event.link = LinkEnds{self_, fault.neighbor};
    event.detect = fault.detected_at - fault.failed_at;
    event.switched = fault.at - fault.detected_at;
    event.old_path = move.from;
    event.new_path = move.to;
    log_.record(std::move(event));
  }
}

EventCause EventRecorder::cause_of(const routing::PathMove& move, const routing::Topology& topology,
                                   overlay::Instant now, Event& event) const {
  switch (move.cause) {
    case routing::MoveCause::kDegraded:
    case routing::MoveCause::kBetterPath: {
      const bool explained = degradation_ && now - degradation_->at < kDegradationMemory &&
                             move.from.first_hop() == degradation_->neighbor;
      if (!explained) {
        event.link = lossy_link(topology, self_, move.from);
        if (event.link) return EventCause::kLoss;
        return move.cause == routing::MoveCause::kDegraded ? EventCause::kPeer : EventCause::kBetter;
      }
      event.link = LinkEnds{self_, degradation_->neighbor};
      event.switched = now - degradation_->at;
      return degradation_->cause;
    }
    case routing::MoveCause::kReachable:
      return EventCause::kRestored;
    case routing::MoveCause::kPolicy:
      return EventCause::kAdmin;
    case routing::MoveCause::kUnreachable:
    case routing::MoveCause::kPathLost:
      break;
  }
  return EventCause::kPeer;
}

void EventRecorder::moved(const routing::PathTableDelta& delta, const routing::Topology& topology,
                          overlay::Instant now) {
  for (const routing::PathMove& move : delta.moves) {
    // Nodes that are heard of for the first time fill the table, they are no events.
    if (move.cause == routing::MoveCause::kReachable && move.from.empty()) continue;
    Event event = begin(EventCause::kPeer, move.destination, now);
    event.cause = cause_of(move, topology, now, event);
    event.old_path = move.from;
    event.new_path = move.to;
    log_.record(std::move(event));
  }
}

void EventRecorder::traffic_moved(const overlay::TrafficMoved& moved, overlay::Instant now) {
  Event event = begin(cause_of_fault(moved.fault), moved.egress, now);
  event.link = LinkEnds{self_, moved.failed_neighbor};
  event.detect = moved.detected_at - moved.failed_at;
  event.switched = moved.moved_at - moved.detected_at;
  event.lost = moved.lost;
  event.duplicated = moved.duplicated;
  event.old_path = moved.before;
  event.new_path = moved.after;
  event.note = moved.in_transit ? "local repair of transit traffic" : "traffic in flight";
  log_.record(std::move(event));
}

void EventRecorder::false_alarm(const overlay::LinkChanged& cleared, overlay::Instant now) {
  if (cleared.duplicated == 0) return;
  Event event = begin(cause_of_fault(cleared.fault), cleared.neighbor, now);
  event.link = LinkEnds{self_, cleared.neighbor};
  event.detect = cleared.detected_at - cleared.failed_at;
  event.duplicated = cleared.duplicated;
  event.is_false_alarm = true;
  log_.record(std::move(event));
}

void EventRecorder::relayed_addresses_claimed(std::span<const routing::RelayedAddressOwner> before,
                                              std::span<const routing::RelayedAddressOwner> after,
                                              overlay::Instant now) {
  for (const routing::RelayedAddressOwner& entry : after) {
    if (entry.rivals.empty()) continue;
    const auto known =
        std::ranges::lower_bound(before, entry.address, {}, &routing::RelayedAddressOwner::address);
    if (known != before.end() && *known == entry) continue;
    for (const overlay::NodeId rival : entry.rivals) {
      Event event = begin(EventCause::kConflict, rival, now);
      event.source = entry.owner;
      event.note = "both claim the relayed address " + entry.address.to_string() +
                   "; traffic goes to the first node: remove the address from the other node";
      log_.record(std::move(event));
    }
  }
}

void EventRecorder::degraded(overlay::NodeId neighbor, EventCause cause, overlay::Instant now) {
  degradation_ = Degradation{.neighbor = neighbor, .cause = cause, .at = now};
}

}  // namespace relay
