// The ranked paths from one node to every other, with the reason for each rank. Immutable once published. The
// control plane turns it into the forwarding snapshot; the CLI shows it as `paths` and `explain`.
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

// Why a path is not the active one.
enum class PathVerdict : std::uint8_t {
  kChosen,
  kLowerScore,   // worse by score_gap
  kHysteresis,   // better, but by less than the margin that a move needs
  kPendingMove,  // clearly better: the move is due after wait_left
  kHoldUp,       // one of its links came back recently; usable after wait_left
  kSuspect,      // one of its links is suspect
  kLoad,         // worse only because of load
  kPinned,       // a pinned path has priority
  kSharedRisk,   // not standby: shares more with the active path than the standby does
  kPolicy,       // an avoid list excludes it
  kDrained,      // a transit node is drained
};
[[nodiscard]] std::string_view to_string(PathVerdict verdict);

struct PathReason {
  PathVerdict verdict = PathVerdict::kChosen;
  double score_gap =
      0;  // score of the active path minus this score, in units of R; positive: this path is worse
  Duration rtt_gap{};     // this RTT minus the RTT of the active path; positive: this path is longer
  double margin = 0;      // gain in R that a move would have needed
  Duration rtt_margin{};  // or gain in RTT
  Duration wait_left{};   // remaining hold-up, or time until the pending move
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
  // nullptr without a second path.
  [[nodiscard]] const RankedPath* standby() const;
};

struct PathTable {
  Generation generation;
  NodeId self;
  Instant computed_at{};                       // start of PathReason::wait_left
  std::vector<DestinationPaths> destinations;  // ascending by id; reachable nodes only

  // nullptr for an unreachable node.
  [[nodiscard]] const DestinationPaths* find(NodeId destination) const;
};

enum class MoveCause : std::uint8_t {
  kReachable,    // first path
  kUnreachable,  // no path any more
  kPathLost,     // a link or node of the old path is gone, drained or forbidden
  kDegraded,     // the old path became worse
  kBetterPath,   // an optimising move
  kPolicy,       // a pin asked for it
};
[[nodiscard]] std::string_view to_string(MoveCause cause);

struct PathMove {
  NodeId destination;
  ExplicitRoute from;  // empty without an earlier path
  ExplicitRoute to;    // empty without a path
  MoveCause cause = MoveCause::kReachable;
};

struct PathTableDelta {
  std::vector<PathMove> moves;    // of active paths
  bool standbys_changed = false;  // some standby or candidate differs: the forwarding snapshot is stale
  [[nodiscard]] bool empty() const { return moves.empty() && !standbys_changed; }
};

}  // namespace routing
