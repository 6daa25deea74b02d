// Writes the node's history: what the data plane did on its own and what the router decided, as one event for
// each pair.
#pragma once

#include <optional>

#include "overlay/base/time.h"
#include "overlay/forwarding/overlay_event.h"
#include "relay/history/event_log.h"
#include "routing/path_table.h"
#include "routing/topology.h"

namespace relay {

class EventRecorder {
 public:
  explicit EventRecorder(overlay::NodeId self) : self_(self) {}

  void set_wall_clock(const overlay::WallClock& wall_clock) { wall_clock_ = wall_clock; }

  // The router moved because of a change of one of the own links; `fault` is what the data plane saw of it.
  void moved_by_own_link(const routing::PathTableDelta& delta, const overlay::LinkChanged& fault,
                         overlay::Instant now);
  // The router moved for any other reason.
  void moved(const routing::PathTableDelta& delta, const routing::Topology& topology, overlay::Instant now);
  // What the data plane did before the router knew: completes the event of the same move, or makes its own.
  void traffic_moved(const overlay::TrafficMoved& moved, overlay::Instant now);
  // Suspect, and then up again without a move.
  void false_alarm(const overlay::LinkChanged& cleared, overlay::Instant now);
  // A detector found that an own link changed: names the cause of the moves that follow.
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
