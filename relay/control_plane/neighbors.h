// The node's links from the view of the control plane: metric, state, and the data of `causeway links`.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "overlay/base/ids.h"
#include "overlay/base/time.h"
#include "overlay/link/liveness.h"
#include "relay/messages/link_report.h"
#include "relay/messages/plane_messages.h"
#include "routing/link_metric.h"
#include "routing/link_state.h"

namespace relay {

class Neighbors {
 public:
  void add(overlay::NodeId neighbor, overlay::Instant now);
  void remove(overlay::NodeId neighbor) { neighbors_.erase(neighbor); }
  [[nodiscard]] bool contains(overlay::NodeId neighbor) const { return neighbors_.contains(neighbor); }

  // Returns which detectors fired.
  routing::MetricChange measure(const LinkMeasured& measured, overlay::Instant now);
  void change_state(const overlay::LinkChanged& changed);
  // The change that the last measurements show although no LinkChanged has reported it: queues may lose
  // messages. Two measurements are needed, because a LinkChanged may still be on its way after the first.
  [[nodiscard]] std::optional<overlay::LinkChanged> missed_change(overlay::NodeId neighbor,
                                                                  overlay::Instant now) const;

  // A withheld link is not advertised, so no traffic uses it. True when the link was not withheld before.
  bool withhold(overlay::NodeId neighbor, overlay::Instant now);
  bool stop_withholding(overlay::NodeId neighbor);
  [[nodiscard]] bool withheld_for(overlay::NodeId neighbor, overlay::Duration duration,
                                  overlay::Instant now) const;
  [[nodiscard]] bool is_withheld(overlay::NodeId neighbor) const;

  [[nodiscard]] overlay::LinkState state(overlay::NodeId neighbor) const;
  // Down for at least this time, or added at least this time ago without being up.
  [[nodiscard]] bool down_for(overlay::NodeId neighbor, overlay::Duration duration,
                              overlay::Instant now) const;
  // nullopt before the first measurement.
  [[nodiscard]] std::optional<overlay::Duration> rtt(overlay::NodeId neighbor) const;
  [[nodiscard]] std::vector<overlay::NodeId> all() const;

  // The adjacencies of the own record, ascending by neighbor, without links that are withheld or not measured
  // yet. Remembers them as advertised.
  [[nodiscard]] std::vector<routing::Adjacency> advertise();
  // True when a link differs so much from its advertisement that all nodes should know.
  [[nodiscard]] bool worth_advertising() const;

  [[nodiscard]] std::vector<LinkReport> reports(overlay::NodeId self, std::uint32_t suspect_after,
                                                overlay::Instant now) const;

 private:
  // Number of remembered RTT means, for percentiles.
  static constexpr std::size_t kRttHistory = 128;

  struct Neighbor {
    overlay::Instant added_at{};
    std::optional<overlay::Instant> withheld_since;
    overlay::Instant down_since{};
    overlay::LinkState state = overlay::LinkState::kDown;
    std::uint32_t flaps = 0;
    std::uint32_t contradictions = 0;  // consecutive measurements with another state
    routing::LinkMetricEstimator estimator;
    LinkMeasured last;
    double packets_per_second = 0;
    std::vector<overlay::Duration> rtt_history;
    std::size_t rtt_next = 0;
    std::optional<routing::LinkMetric> advertised;
    bool advertised_down = false;
  };

  [[nodiscard]] LinkReport report(overlay::NodeId self, overlay::NodeId neighbor, const Neighbor& of,
                                  std::uint32_t suspect_after, overlay::Instant now) const;

  std::map<overlay::NodeId, Neighbor> neighbors_;
};

}  // namespace relay
