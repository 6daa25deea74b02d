// Candidate paths from one node to all others. Labels with an additive cost (delay and loss), bounded in hops
// and in number per node, generate candidates; whole-path quality ranks them. Stateless but for its scratch
// memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "routing/path_policy.h"
#include "routing/path_quality.h"
#include "routing/topology.h"

namespace routing {

struct CandidatePath {
  ExplicitRoute route;
  PathQuality quality;
  bool suspect = false;  // a link of it is suspect
};

// One destination's candidates, best score first.
using Candidates = std::vector<CandidatePath>;

class PathSolver {
 public:
  static constexpr std::size_t kLabelsPerNode = 6;
  static constexpr std::size_t kMaxCandidates = 12;

  // By NodeIndex of `topology`; empty for `self` and for nodes that cannot be reached.
  [[nodiscard]] std::vector<Candidates> solve(const Topology& topology, NodeId self,
                                              const PathPolicy& policy);
  // The same for one destination only, but with every candidate that was found.
  [[nodiscard]] Candidates solve_one(const Topology& topology, NodeId self, NodeId destination,
                                     const PathPolicy& policy);
};

}  // namespace routing
