// Label-correcting search with a bound on hops: for every node and every number of hops, the cheapest simple
// paths from one source by an additive cost. PathSolver uses it to generate candidates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "routing/topology.h"

namespace routing {

// One path: its last link, and the label of the path before that link.
struct Label {
  float cost = 0;
  std::uint32_t link = 0;  // position in topology.links()
  std::uint32_t parent = kNoParent;

  static constexpr std::uint32_t kNoParent = 0xffffffff;
};

struct LabelSearchParameters {
  std::size_t labels_per_node = 1;
  std::size_t max_hops = 1;
};

class LabelSearch {
 public:
  static constexpr float kForbidden = std::numeric_limits<float>::infinity();

  // `cost_by_link` has an entry for each of topology.links(), `transit_allowed` for each of topology.nodes().
  // The search keeps only `topology`, which outlives it.
  LabelSearch(const Topology& topology, NodeIndex source, std::span<const float> cost_by_link,
              const std::vector<bool>& transit_allowed, LabelSearchParameters parameters);

  // At most `count` of the cheapest paths to `node`, with any number of hops.
  struct Found {
    Label label;
    std::size_t hops = 0;
  };
  [[nodiscard]] std::vector<Found> cheapest(NodeIndex node, std::size_t count) const;
  // The links of a path, first link first.
  [[nodiscard]] std::vector<const TopologyLink*> links_of(const Found& found) const;

 private:
  struct Level {
    std::vector<Label> labels;         // labels_per_node for each node, cheapest first
    std::vector<std::uint8_t> counts;  // how many of them are in use
  };

  void start(std::span<const float> cost_by_link);
  void extend(std::size_t hops, std::span<const float> cost_by_link,
              const std::vector<bool>& transit_allowed);
  [[nodiscard]] bool visits(const Label& label, std::size_t hops, NodeIndex node) const;
  void insert(Level& level, NodeIndex node, const Label& label) const;
  [[nodiscard]] std::span<const Label> labels_at(const Level& level, NodeIndex node) const;

  const Topology* topology_;
  NodeIndex source_;
  LabelSearchParameters parameters_;
  std::vector<Level> levels_;  // levels_[h] holds paths of h + 1 hops
};

}  // namespace routing
