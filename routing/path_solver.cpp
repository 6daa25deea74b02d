#include "routing/path_solver.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include "overlay/base/check.h"
#include "routing/shared_risk.h"

namespace routing {
namespace {

// One per cent of loss is worth 152 ms of one-way delay below the knee of the R-factor and 27 ms above it;
// both weights generate candidates, per nat of -ln(1 - loss).
constexpr std::array<double, 2> kLossWeightsMs = {15'200, 2'700};
constexpr double kHopCostMs = 0.1;
constexpr std::size_t kLabelsPerNode = 5;
constexpr std::size_t kCandidatesPerSearch = 8;
constexpr std::size_t kDiverseLabelsPerNode = 2;
constexpr std::size_t kDiverseCandidates = 6;
constexpr std::size_t kDiverseBudget = 300'000;  // link visits: some 10 searches among 200 nodes

float cost_of(const TopologyLink& link, double loss_weight_ms) {
  const double delay_ms = overlay::to_ms(link.rtt) / 2 + overlay::to_ms(link.jitter);
  const double nats = -std::log(1 - std::min(link.loss, 0.999));
  return static_cast<float>(delay_ms + loss_weight_ms * nats + kHopCostMs);
}

CandidatePath make_candidate(const Topology& topology, std::span<const TopologyLink* const> links) {
  CandidatePath candidate;
  PathMetric metric;
  for (const TopologyLink* link : links) {
    candidate.route.push_back(topology.nodes()[link->to].id());
    candidate.suspect |= link->state == AdjacencyState::kSuspect;
    metric.append(*link);
  }
  candidate.quality = assess(metric);
  return candidate;
}

// Best score first; the rest only makes the order total.
bool goes_before(const CandidatePath& a, const CandidatePath& b) {
  const auto rank = [](const CandidatePath& path) {
    return std::tuple(-path.quality.score, path.quality.rtt, path.route.size());
  };
  if (rank(a) != rank(b)) return rank(a) < rank(b);
  return std::ranges::lexicographical_compare(a.route.hops(), b.route.hops());
}

std::span<const NodeId> transit_of(const ExplicitRoute& route) {
  return route.hops().first(route.size() - 1);
}

}  // namespace

PathSolver::PathSolver(const Topology& topology, NodeId self, const PathPolicy& policy)
    : topology_(topology), policy_(policy), self_(topology.index_of(self)), budget_(kDiverseBudget) {
  CHECK(policy.max_hops >= 1 && policy.max_hops <= ExplicitRoute::kMaxComputedHops);
  if (self_ == Topology::kNoIndex) return;
  for (const TopologyNode& node : topology.nodes())
    transit_allowed_.push_back(may_transit(node));
  const LabelSearchParameters parameters{.labels_per_node = kLabelsPerNode, .max_hops = policy.max_hops};
  for (const double weight : kLossWeightsMs) {
    const std::vector<float> costs = link_costs(weight);
    searches_.emplace_back(topology, self_, costs, transit_allowed_, parameters);
    if (cost_by_link_.empty()) cost_by_link_ = costs;
  }
}

std::vector<CandidatePath> PathSolver::candidates(NodeIndex destination) const {
  std::vector<CandidatePath> paths;
  if (destination == self_) return paths;
  for (const LabelSearch& search : searches_) {
    for (const LabelSearch::Found& found : search.cheapest(destination, kCandidatesPerSearch)) {
      CandidatePath path = make_candidate(topology_, search.links_of(found));
      if (std::ranges::find(paths, path.route, &CandidatePath::route) == paths.end())
        paths.push_back(std::move(path));
    }
  }
  std::ranges::sort(paths, goes_before);
  if (paths.size() > kMaxCandidates) paths.resize(kMaxCandidates);
  return paths;
}

std::optional<CandidatePath> PathSolver::assess_route(const ExplicitRoute& route) const {
  if (self_ == Topology::kNoIndex || route.empty() || route.size() > policy_.max_hops) return std::nullopt;
  std::vector<const TopologyLink*> links;
  NodeIndex from = self_;
  for (const NodeId hop : route.hops()) {
    const NodeIndex to = topology_.index_of(hop);
    if (to == Topology::kNoIndex || (from != self_ && !transit_allowed_[from])) return std::nullopt;
    const TopologyLink* link = topology_.find_link(from, to);
    if (link == nullptr || is_forbidden(*link)) return std::nullopt;
    links.push_back(link);
    from = to;
  }
  return make_candidate(topology_, links);
}

// A path that avoids the providers of the active path often differs in region too. There are few sets of
// providers, so many destinations share that search. Otherwise regions and nodes are excluded one by one.
std::optional<CandidatePath> PathSolver::find_diverse(NodeIndex destination, const CandidatePath& active,
                                                      int below_tier) {
  exhausted_ = false;
  if (searches_.empty() || destination == self_) return std::nullopt;
  std::optional<DiversePath> best;
  const auto look = [&](Exclude what) {
    const int below = best ? best->tier : below_tier;
    if (auto found = best_without(exclusion_of(what, active.route), destination, active, below))
      best = std::move(found);
  };
  look(Exclude::kProviders);
  if (best && best->tier > 0) look(Exclude::kProvidersAndRegions);
  if (!best) look(Exclude::kRegions);
  if (!best) look(Exclude::kNodes);
  if (!best) return std::nullopt;
  return std::move(best->path);
}

std::optional<PathSolver::DiversePath> PathSolver::best_without(const Exclusion& exclusion,
                                                                NodeIndex destination,
                                                                const CandidatePath& active, int below_tier) {
  const LabelSearch* search = search_without(exclusion);
  if (search == nullptr) return std::nullopt;
  std::optional<DiversePath> best;
  for (const LabelSearch::Found& found : search->cheapest(destination, kDiverseCandidates)) {
    CandidatePath path = make_candidate(topology_, search->links_of(found));
    if (path.route == active.route || path.quality.rtt > active.quality.rtt + policy_.max_standby_detour)
      continue;
    const int tier = shared_tier(topology_, active.route, path.route);
    if (tier >= (best ? best->tier + 1 : below_tier)) continue;
    if (!best || tier < best->tier || goes_before(path, best->path)) best = {std::move(path), tier};
  }
  return best;
}

bool PathSolver::may_transit(const TopologyNode& node) const {
  return node.attributes.is(Role::kHub) && (!node.drained || policy_.transit_through_drained) &&
         !policy_.avoid_nodes.contains(node.id()) &&
         !policy_.avoid_providers.contains(node.attributes.provider) &&
         !policy_.avoid_regions.contains(node.attributes.region);
}

bool PathSolver::is_forbidden(const TopologyLink& link) const {
  if (!link.usable) return true;
  if (policy_.avoid_links.empty()) return false;
  return policy_.avoid_links.contains({topology_.nodes()[link.from].id(), topology_.nodes()[link.to].id()});
}

std::vector<float> PathSolver::link_costs(double loss_weight_ms) const {
  std::vector<float> costs;
  costs.reserve(topology_.links().size());
  for (const TopologyLink& link : topology_.links())
    costs.push_back(is_forbidden(link) ? LabelSearch::kForbidden : cost_of(link, loss_weight_ms));
  return costs;
}

PathSolver::Exclusion PathSolver::exclusion_of(Exclude what, const ExplicitRoute& active) const {
  Exclusion exclusion;
  for (const NodeId id : transit_of(active)) {
    const NodeIndex index = topology_.index_of(id);
    if (index == Topology::kNoIndex) continue;
    const TopologyNode& node = topology_.nodes()[index];
    if (what == Exclude::kProviders || what == Exclude::kProvidersAndRegions)
      exclusion.providers.insert(node.provider);
    if (what == Exclude::kRegions || what == Exclude::kProvidersAndRegions)
      exclusion.regions.insert(node.region);
    if (what == Exclude::kNodes) exclusion.nodes.insert(index);
  }
  return exclusion;
}

const LabelSearch* PathSolver::search_without(const Exclusion& exclusion) {
  if (const auto known = diverse_searches_.find(exclusion); known != diverse_searches_.end())
    return &known->second;
  const std::size_t visits = cost_by_link_.size() * policy_.max_hops;
  if (visits > budget_ && !diverse_searches_.empty()) {
    exhausted_ = true;
    return nullptr;
  }
  budget_ -= std::min(budget_, visits);
  std::vector<bool> allowed = transit_allowed_;
  const auto nodes = static_cast<NodeIndex>(allowed.size());
  for (NodeIndex i = 0; i < nodes; ++i) {
    const TopologyNode& node = topology_.nodes()[i];
    if (exclusion.providers.contains(node.provider) || exclusion.regions.contains(node.region) ||
        exclusion.nodes.contains(i))
      allowed[i] = false;
  }
  const LabelSearchParameters parameters{.labels_per_node = kDiverseLabelsPerNode,
                                         .max_hops = policy_.max_hops};
  return &diverse_searches_.try_emplace(exclusion, topology_, self_, cost_by_link_, allowed, parameters)
              .first->second;
}

}  // namespace routing
