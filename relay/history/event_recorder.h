// Records the history of the node: actions of the data plane and decisions of the router, as one event for
// each pair of nodes.
#pragma once

#include <optional>
#include <span>

#include "overlay/base/time.h"
#include "overlay/forwarding/overlay_event.h"
#include "relay/history/event_log.h"
#include "routing/path_table.h"
#include "routing/relayed_address_claims.h"
#include "routing/topology.h"

namespace relay {

class EventRecorder {
 public:
  explicit EventRecorder(overlay::NodeId self) : self_(self) {}

  void set_wall_clock(const overlay::WallClock& wall_clock) { wall_clock_ = wall_clock; }

  // The router moved traffic because an own link changed. `fault` is the data plane's report of that change.
  void moved_by_own_link(const routing::PathTableDelta& delta, const overlay::LinkChanged& fault,
                         overlay::Instant now);
  // The router moved traffic for another reason.
  void moved(const routing::PathTableDelta& delta, const routing::Topology& topology, overlay::Instant now);
  // The data plane moved traffic before the router decided: completes the event of the same move, or records
  // a new one.
  void traffic_moved(const overlay::TrafficMoved& moved, overlay::Instant now);
  // A link was suspect, then up again without a move.
  void false_alarm(const overlay::LinkChanged& cleared, overlay::Instant now);
  // Records an event for each conflict about a relayed address that `before` did not have.
  void relayed_addresses_claimed(std::span<const routing::RelayedAddressOwner> before,
                                 std::span<const routing::RelayedAddressOwner> after, overlay::Instant now);
  // A detector found a change of an own link: the cause of the following moves.
  void degraded(overlay::NodeId neighbor, EventCause cause, overlay::Instant now);

  [[nodiscard]] const EventLog& log() const { return log_; }

 private:
  struct Degradation {
    overlay::NodeId neighbor;
    EventCause cause;
    overlay::Instant at;
  };
  [[nodiscard]] Event begin(EventCause cause, overlay::NodeId destination, overlay::Instant now) const;
  [[nodiscard]] EventCause cause_of(const routing::PathMove& move, const routing::Topology& topology,
                                    overlay::Instant now, Event& event) const;

  overlay::NodeId self_;
  overlay::WallClock wall_clock_;
  EventLog log_;
  std::optional<Degradation> degradation_;
};

}  // namespace relay
