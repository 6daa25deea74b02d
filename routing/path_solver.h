// Candidate paths from one node to all others. Labels with an additive cost (delay and loss), bounded in hops
// and in number per node, generate candidates. Quality of the whole path ranks them. A solver serves one
// decision over one topology.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "routing/label_search.h"
#include "routing/path_policy.h"
#include "routing/path_quality.h"
#include "routing/topology.h"

namespace routing {

struct CandidatePath {
  ExplicitRoute route;
  PathQuality quality;
  bool suspect = false;  // one of its links is suspect
};

class PathSolver {
 public:
  // Maximum for one destination.
  static constexpr std::size_t kMaxCandidates = 12;

  // `topology` and `policy` outlive the solver.
  PathSolver(const Topology& topology, NodeId self, const PathPolicy& policy);

  // The best paths to `destination`, best score first. Empty for `self` and for unreachable nodes.
  [[nodiscard]] std::vector<CandidatePath> candidates(NodeIndex destination) const;
  // The quality of a given path; nullopt when the path is broken or the policy forbids it.
  [[nodiscard]] std::optional<CandidatePath> assess_route(const ExplicitRoute& route) const;
  // A path that shares less with `active` than `below_tier` (SharedRisk::tier()), as little as the graph
  // allows, within the detour of the policy. candidates() returns a selection; this search is exhaustive
  // within its budget.
  [[nodiscard]] std::optional<CandidatePath> find_diverse(NodeIndex destination, const CandidatePath& active,
                                                          int below_tier);
  // The last find_diverse() exceeded the budget of one decision: ask again with a new solver.
  [[nodiscard]] bool is_exhausted() const { return exhausted_; }

 private:
  // Excluded from the transit nodes of a diverse path.
  struct Exclusion {
    std::set<TagIndex> providers;
    std::set<TagIndex> regions;
    std::set<NodeIndex> nodes;
    auto operator<=>(const Exclusion&) const = default;
  };
  [[nodiscard]] bool may_transit(const TopologyNode& node) const;
  [[nodiscard]] bool is_forbidden(const TopologyLink& link) const;
  [[nodiscard]] std::vector<float> link_costs(double loss_weight_ms) const;
  enum class Exclude : std::uint8_t { kProviders, kProvidersAndRegions, kRegions, kNodes };
  [[nodiscard]] Exclusion exclusion_of(Exclude what, const ExplicitRoute& active) const;
  // nullptr when the budget is used up.
  [[nodiscard]] const LabelSearch* search_without(const Exclusion& exclusion);
  struct DiversePath {
    CandidatePath path;
    int tier = 0;
  };
  [[nodiscard]] std::optional<DiversePath> best_without(const Exclusion& exclusion, NodeIndex destination,
                                                        const CandidatePath& active, int below_tier);

  const Topology& topology_;
  const PathPolicy& policy_;
  NodeIndex self_;
  std::vector<bool> transit_allowed_;
  std::vector<float> cost_by_link_;    // with the first weight of loss
  std::vector<LabelSearch> searches_;  // one for each weight of loss; empty if self is not in the topology
  std::map<Exclusion, LabelSearch> diverse_searches_;
  std::size_t budget_;  // remaining link visits for diverse searches
  bool exhausted_ = false;
};

}  // namespace routing
