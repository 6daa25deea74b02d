// The ranked paths of one node to every other, with the reason for each rank. Immutable once published; the
// control plane turns it into the forwarding snapshot, the CLI into `paths` and `explain`.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "routing/path_quality.h"
#include "routing/shared_risk.h"

namespace routing {

enum class PathRole : std::uint8_t { kActive, kStandby, kCandidate };
[[nodiscard]] std::string_view to_string(PathRole role);

// The term that kept a path from being the active one.
enum class PathVerdict : std::uint8_t {
  kChosen,
  kLowerScore,   // worse by score_gap
  kHysteresis,   // better, but by less than the margin that a move needs
  kPendingMove,  // clearly better: the move is due after wait_left
  kHoldUp,       // a link of it came back too recently: wait_left
  kSuspect,      // a link of it is suspect
  kLoad,         // worse only because of load
  kPinned,       // a pinned path goes before it
  kSharedRisk,   // not standby: shares more with the active path than the standby does
  kPolicy,       // an avoid list excludes it
  kDrained,      // a transit node is drained
};
[[nodiscard]] std::string_view to_string(PathVerdict verdict);

struct PathReason {
  PathVerdict verdict = PathVerdict::kChosen;
  double score_gap =
      0;               // active's score less this one's, in units of R: positive means that this one is worse
  Duration rtt_gap{};  // this one's RTT less active's: positive means that this one is longer
  double margin = 0;   // gain in R that a move would have needed
  Duration rtt_margin{};  // or gain in RTT
  Duration wait_left{};   // hold-up left, or time until the pending move
};

struct RankedPath {
  ExplicitRoute route;
  PathQuality quality;
  PathRole role = PathRole::kCandidate;
  Instant since{};  // in this role
  SharedRisk shared_with_active;
  PathReason reason;
};

struct DestinationPaths {
  NodeId destination;
  std::vector<RankedPath> paths;  // active, standby, then candidates by score; never empty

  [[nodiscard]] const RankedPath& active() const { return paths.front(); }
  // Null when the graph has no second path.
  [[nodiscard]] const RankedPath* standby() const;
};

struct PathTable {
  Generation generation;
  NodeId self;
  Instant computed_at{};                       // what PathReason::wait_left counts from
  std::vector<DestinationPaths> destinations;  // ascending by id; only those that can be reached

  // Null when it cannot be reached.
  [[nodiscard]] const DestinationPaths* find(NodeId destination) const;
};

enum class MoveCause : std::uint8_t {
  kReachable,    // first path
  kUnreachable,  // no path is left
  kPathLost,     // a link or node of the old path is gone, drained or forbidden
  kDegraded,     // the old path became worse
  kBetterPath,   // an optimising move
  kPolicy,       // a pin asked for it
};
[[nodiscard]] std::string_view to_string(MoveCause cause);

struct PathMove {
  NodeId destination;
  ExplicitRoute from;  // empty if there was none
  ExplicitRoute to;    // empty if none is left
  MoveCause cause = MoveCause::kReachable;
};

struct PathTableDelta {
  std::vector<PathMove> moves;    // of active paths
  bool standbys_changed = false;  // some standby or candidate differs: the forwarding snapshot is stale
  [[nodiscard]] bool empty() const { return moves.empty() && !standbys_changed; }
};

}  // namespace routing
