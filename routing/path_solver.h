// Candidate paths from one node to all others. Labels with an additive cost (delay and loss), bounded in hops
// and in number per node, generate candidates; whole-path quality ranks them. Lives for one decision over one
// topology.
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
  bool suspect = false;  // a link of it is suspect
};

class PathSolver {
 public:
  // For one destination, at most.
  static constexpr std::size_t kMaxCandidates = 12;

  // `topology` and `policy` outlive the solver.
  PathSolver(const Topology& topology, NodeId self, const PathPolicy& policy);

  // The best paths to `destination`, best score first. None for `self` and for what cannot be reached.
  [[nodiscard]] std::vector<CandidatePath> candidates(NodeIndex destination) const;
  // The quality of a given path; nothing when it is broken or the policy forbids it.
  [[nodiscard]] std::optional<CandidatePath> assess_route(const ExplicitRoute& route) const;
  // A path that shares less with `active` than `below_tier` (see SharedRisk::tier()), as little as the graph
  // allows, within the policy's detour. Where candidates() is a selection, this is exhaustive, as long as the
  // budget lasts.
  [[nodiscard]] std::optional<CandidatePath> find_diverse(NodeIndex destination, const CandidatePath& active,
                                                          int below_tier);
  // The last find_diverse() wanted more searches than one decision may take: ask again with a new solver.
  [[nodiscard]] bool is_exhausted() const { return exhausted_; }

 private:
  // What a diverse path may not have in transit.
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
  // Null when the budget does not allow it.
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
  std::vector<LabelSearch> searches_;  // one per weight of loss; none if self is not in the topology
  std::map<Exclusion, LabelSearch> diverse_searches_;
  std::size_t budget_;  // link visits left for diverse searches
  bool exhausted_ = false;
};

}  // namespace routing
