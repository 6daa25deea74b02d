// Keeps the path table of a node: solves, then decides whether to move. A path that is down or degraded is
// left at once. An optimising move needs a clear gain and is delayed at random. Owned by the control plane's
// thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "overlay/base/random.h"
#include "routing/link_hold_up.h"
#include "routing/path_choice.h"
#include "routing/path_solver.h"
#include "routing/path_table.h"

namespace routing {

// For `explain`: the entry of the table, then paths that only the policy or a drain excludes.
struct PathExplanation {
  NodeId destination;
  std::vector<RankedPath> paths;  // the chosen path first; empty without a path
};

class Router {
 public:
  // Kept for each destination: the active path, the standby and the next best paths.
  static constexpr std::size_t kMaxRankedPaths = 6;
  // Maximum random delay of an optimising move, so that nodes do not move together.
  static constexpr Duration kMaxMoveJitter = std::chrono::milliseconds(2000);

  // `random` outlives the router.
  Router(NodeId self, overlay::Random& random);

  PathTableDelta set_policy(PathPolicy policy, Instant now);
  PathTableDelta update(std::shared_ptr<const Topology> topology, Instant now);
  // A link of this node changed. Takes effect at once, before a topology contains the change.
  PathTableDelta note_local_link(NodeId neighbor, AdjacencyState state, Instant now);
  // Makes due moves and ends hold-ups.
  PathTableDelta advance(Instant now);
  [[nodiscard]] Instant next_timeout() const { return next_timeout_; }

  // Never null; a new object after each computation.
  [[nodiscard]] std::shared_ptr<const PathTable> table() const { return table_; }
  [[nodiscard]] PathExplanation explain(NodeId destination, Instant now) const;
  // Null before the first update.
  [[nodiscard]] std::shared_ptr<const Topology> topology() const { return topology_; }

 private:
  // State of a destination between decisions.
  struct Standing {
    Incumbent active;
    ExplicitRoute standby;
    std::optional<Instant> move_due;
    // For this active path, in a network of this structure, no better standby was found.
    ExplicitRoute searched_for;
    std::uint64_t searched_structure = 0;
  };

  PathTableDelta recompute(Instant now);
  void feed_hold_up(const Topology& before, const Topology& after, Instant now);
  [[nodiscard]] PathPolicy effective_policy() const;
  [[nodiscard]] JudgedPath judge(CandidatePath path, NodeId destination, Instant now) const;
  [[nodiscard]] std::vector<JudgedPath> judged_paths(const PathSolver& solver, NodeIndex destination,
                                                     Instant now) const;
  [[nodiscard]] Duration hold_up_left(const ExplicitRoute& route, Instant now) const;
  // Empty without a path.
  [[nodiscard]] DestinationPaths decide(PathSolver& solver, NodeIndex destination, Instant now,
                                        PathTableDelta& delta);
  [[nodiscard]] std::size_t settle_active(std::span<const JudgedPath> paths, NodeId destination, Instant now,
                                          PathTableDelta& delta);
  [[nodiscard]] std::optional<std::size_t> settle_standby(std::vector<JudgedPath>& paths, std::size_t active,
                                                          PathSolver& solver, NodeIndex destination,
                                                          Instant now);
  // A path that shares less with the active one than the standby does, if the candidates contain none. The
  // search runs once for each structure of the network, over several computations if necessary.
  [[nodiscard]] std::optional<CandidatePath> search_diverse(const CandidatePath& active,
                                                            const JudgedPath* standby, PathSolver& solver,
                                                            NodeIndex destination);
  [[nodiscard]] DestinationPaths rank(std::span<const JudgedPath> paths, std::size_t active,
                                      std::optional<std::size_t> standby, NodeId destination,
                                      Instant now) const;
  [[nodiscard]] Instant since(NodeId destination, const RankedPath& path, Instant now) const;
  void drop_unreachable(const PathTable& table, PathTableDelta& delta);
  void rearm(Instant now);
  [[nodiscard]] std::vector<RankedPath> forbidden_paths(NodeId destination, const DestinationPaths* known,
                                                        Instant now) const;

  NodeId self_;
  overlay::Random& random_;
  PathPolicy policy_;
  std::set<NodeId> local_down_;
  LinkHoldUp hold_up_;
  std::shared_ptr<const Topology> topology_;
  std::shared_ptr<const PathTable> table_;
  std::map<NodeId, Standing> standing_by_destination_;
  std::uint64_t structure_ = 0;  // of the topology under the policy
  std::uint64_t policy_revision_ = 0;
  bool search_pending_ = false;
  Instant next_timeout_ = kNever;
};

}  // namespace routing
