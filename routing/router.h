// Keeps a node's path table: solves, then decides when it is worth moving. Down is immediate, a degraded path
// is left at once, an optimising move needs a clear gain and is spread in time. Owned by the control plane's
// thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "overlay/base/random.h"
#include "routing/link_hold_up.h"
#include "routing/path_solver.h"
#include "routing/path_table.h"

namespace routing {

// `explain`: the table's entry, followed by paths that only policy or a drain keeps out of it.
struct PathExplanation {
  NodeId destination;
  std::vector<RankedPath> paths;  // the chosen one first; empty when there is none at all
};

class Router {
 public:
  // A move needs one of these gains; and at most this long is it put off, at random, so that nodes do not
  // herd.
  static constexpr double kMinScoreGain = 3.0;
  static constexpr Duration kMinRttGain = std::chrono::milliseconds(10);
  static constexpr Duration kMaxMoveJitter = std::chrono::milliseconds(2000);

  Router(NodeId self, overlay::Random& random);

  PathTableDelta set_policy(PathPolicy policy, Instant now);
  PathTableDelta update(std::shared_ptr<const Topology> topology, Instant now);
  // The local end saw a link change, maybe before any topology says so. Takes effect at once.
  PathTableDelta note_local_link(NodeId neighbor, AdjacencyState state, Instant now);
  // Pending moves and hold-ups that are over.
  PathTableDelta advance(Instant now);
  [[nodiscard]] Instant next_timeout() const { return next_timeout_; }

  // Never null; a new object whenever something changed.
  [[nodiscard]] std::shared_ptr<const PathTable> table() const { return table_; }
  [[nodiscard]] PathExplanation explain(NodeId destination, Instant now) const;
  // Null before the first update.
  [[nodiscard]] std::shared_ptr<const Topology> topology() const { return topology_; }

 private:
  struct Choice {
    ExplicitRoute route;
    double score_when_chosen = 0;
    Instant since{};
  };
  struct Standing {
    Choice active;
    Choice standby;
    std::optional<Instant> move_due;
  };

  NodeId self_;
  overlay::Random& random_;
  PathPolicy policy_;
  std::set<NodeId> local_down_;
  LinkHoldUp hold_up_;
  PathSolver solver_;
  std::shared_ptr<const Topology> topology_;
  std::shared_ptr<const PathTable> table_;
  std::map<NodeId, Standing> standing_by_destination_;
  Instant next_timeout_ = kNever;
};

}  // namespace routing
