#include "routing/router.h"

#include <algorithm>
#include <utility>

#include "overlay/base/check.h"

namespace routing {
namespace {

// Between recomputations that only go on looking for more diverse standbys.
constexpr Duration kSearchInterval = std::chrono::milliseconds(20);

// Same paths in the same roles; their figures may differ.
bool same_routes(const DestinationPaths& a, const DestinationPaths& b) {
  return std::ranges::equal(a.paths, b.paths, [](const RankedPath& x, const RankedPath& y) {
    return x.route == y.route && x.role == y.role;
  });
}

bool same_routes(const PathTable& a, const PathTable& b) {
  return std::ranges::equal(a.destinations, b.destinations,
                            [](const DestinationPaths& x, const DestinationPaths& y) {
                              return x.destination == y.destination && same_routes(x, y);
                            });
}

void sort_by_score(std::vector<JudgedPath>& paths) {
  std::ranges::stable_sort(paths, std::greater{},
                           [](const JudgedPath& path) { return path.path.quality.score; });
}

bool has_route(std::span<const JudgedPath> paths, const ExplicitRoute& route) {
  return std::ranges::any_of(paths, [&](const JudgedPath& path) { return path.path.route == route; });
}

}  // namespace

Router::Router(NodeId self, overlay::Random& random) : self_(self), random_(random) {
  auto table = std::make_shared<PathTable>();
  table->self = self;
  table_ = std::move(table);
}

PathTableDelta Router::set_policy(PathPolicy policy, Instant now) {
  policy_ = std::move(policy);
  ++policy_revision_;
  return recompute(now);
}

PathTableDelta Router::update(std::shared_ptr<const Topology> topology, Instant now) {
  CHECK(topology != nullptr);
  if (topology_ != nullptr) feed_hold_up(*topology_, *topology, now);
  topology_ = std::move(topology);
  return recompute(now);
}

PathTableDelta Router::note_local_link(NodeId neighbor, AdjacencyState state, Instant now) {
  if (state == AdjacencyState::kSuspect) return {};
  const bool is_down = state == AdjacencyState::kDown;
  const bool changed = is_down ? local_down_.insert(neighbor).second : local_down_.erase(neighbor) > 0;
  if (!changed) return {};
  ++policy_revision_;
  if (is_down)
    hold_up_.note_down({self_, neighbor}, now);
  else
    hold_up_.note_up({self_, neighbor}, now);
  return recompute(now);
}

PathTableDelta Router::advance(Instant now) {
  return now < next_timeout_ ? PathTableDelta{} : recompute(now);
}

PathTableDelta Router::recompute(Instant now) {
  PathTableDelta delta;
  if (topology_ == nullptr) return delta;
  hold_up_.forget(now);
  const PathPolicy policy = effective_policy();
  PathSolver solver(*topology_, self_, policy);
  structure_ = topology_->structure() + policy_revision_;
  search_pending_ = false;
  auto table = std::make_shared<PathTable>();
  table->generation = Generation(table_->generation.value() + 1);
  table->self = self_;
  table->computed_at = now;
  for (NodeIndex destination = 0; destination < topology_->nodes().size(); ++destination) {
    DestinationPaths paths = decide(solver, destination, now, delta);
    if (!paths.paths.empty()) table->destinations.push_back(std::move(paths));
  }
  drop_unreachable(*table, delta);
  delta.standbys_changed = !same_routes(*table_, *table);
  table_ = std::move(table);
  rearm(now);
  return delta;
}

// Both link lists ascend by (from, to), which orders them by node ids in either topology.
void Router::feed_hold_up(const Topology& before, const Topology& after, Instant now) {
  const auto pair_in = [](const Topology& topology, const TopologyLink& link) {
    return std::pair(topology.nodes()[link.from].id(), topology.nodes()[link.to].id());
  };
  auto old_link = before.links().begin();
  auto new_link = after.links().begin();
  while (old_link != before.links().end() || new_link != after.links().end()) {
    const bool has_old = old_link != before.links().end();
    const bool has_new = new_link != after.links().end();
    const auto old_pair = has_old ? pair_in(before, *old_link) : std::pair(kNoNode, kNoNode);
    const auto new_pair = has_new ? pair_in(after, *new_link) : std::pair(kNoNode, kNoNode);
    const bool take_old = has_old && (!has_new || old_pair <= new_pair);
    const bool take_new = has_new && (!has_old || new_pair <= old_pair);
    const auto [from, to] = take_old ? old_pair : new_pair;
    const bool was_usable = take_old && old_link->usable;
    const bool is_usable = take_new && new_link->usable;
    if (was_usable && !is_usable) hold_up_.note_down({from, to}, now);
    if (!was_usable && is_usable) hold_up_.note_up({from, to}, now);
    if (take_old) ++old_link;
    if (take_new) ++new_link;
  }
}

PathPolicy Router::effective_policy() const {
  PathPolicy policy = policy_;
  for (const NodeId neighbor : local_down_)
    policy.avoid_links.insert({self_, neighbor});
  return policy;
}

JudgedPath Router::judge(CandidatePath path, NodeId destination, Instant now) const {
  JudgedPath judged{.path = std::move(path)};
  judged.hold_up_left = hold_up_left(judged.path.route, now);
  const auto pin = policy_.pin_transit.find(destination);
  judged.pinned = pin != policy_.pin_transit.end() && pin->second != destination &&
                  judged.path.route.contains(pin->second);
  return judged;
}

Duration Router::hold_up_left(const ExplicitRoute& route, Instant now) const {
  Duration longest{};
  if (hold_up_.empty()) return longest;
  NodeId from = self_;
  for (const NodeId to : route.hops()) {
    longest = std::max(longest, hold_up_.left({from, to}, now));
    from = to;
  }
  return longest;
}

// The candidates of the solver, and the current paths if they still work.
std::vector<JudgedPath> Router::judged_paths(const PathSolver& solver, NodeIndex destination,
                                             Instant now) const {
  const NodeId id = topology_->nodes()[destination].id();
  std::vector<JudgedPath> paths;
  for (CandidatePath& path : solver.candidates(destination))
    paths.push_back(judge(std::move(path), id, now));
  const auto standing = standing_by_destination_.find(id);
  if (standing == standing_by_destination_.end()) return paths;
  for (const ExplicitRoute& route : {standing->second.active.route, standing->second.standby}) {
    if (has_route(paths, route)) continue;
    if (auto path = solver.assess_route(route)) paths.push_back(judge(*std::move(path), id, now));
  }
  sort_by_score(paths);
  return paths;
}

DestinationPaths Router::decide(PathSolver& solver, NodeIndex destination, Instant now,
                                PathTableDelta& delta) {
  const NodeId id = topology_->nodes()[destination].id();
  std::vector<JudgedPath> paths = judged_paths(solver, destination, now);
  if (paths.empty()) return {.destination = id};
  const std::size_t active = settle_active(paths, id, now, delta);
  const auto standby = settle_standby(paths, active, solver, destination, now);
  return rank(paths, active, standby, id, now);
}

std::size_t Router::settle_active(std::span<const JudgedPath> paths, NodeId destination, Instant now,
                                  PathTableDelta& delta) {
  const auto [entry, is_new] = standing_by_destination_.try_emplace(destination);
  Standing& standing = entry->second;
  ActiveChoice choice = choose_active(paths, is_new ? nullptr : &standing.active, standing.standby);
  if (choice.step == Step::kMoveSoon) {
    if (!standing.move_due)
      standing.move_due = now + Duration(static_cast<Duration::rep>(
                                    random_.below(static_cast<std::uint64_t>(kMaxMoveJitter.count()))));
    if (*standing.move_due <= now) choice.step = Step::kMoveNow;
  }
  if (choice.step != Step::kMoveSoon) standing.move_due.reset();
  if (choice.step == Step::kMoveNow) {
    const CandidatePath& path = paths[choice.path].path;
    delta.moves.push_back({destination, standing.active.route, path.route, choice.cause});
    standing.active = {path.route, path.quality.score, path.quality.rtt};
  }
  for (std::size_t i = 0; i < paths.size(); ++i)
    if (paths[i].path.route == standing.active.route) return i;
  overlay::check_failed("the active path is one of those judged", __FILE__, __LINE__);
}

std::optional<std::size_t> Router::settle_standby(std::vector<JudgedPath>& paths, std::size_t active,
                                                  PathSolver& solver, NodeIndex destination, Instant now) {
  Standing& standing = standing_by_destination_.at(topology_->nodes()[destination].id());
  const CandidatePath active_path = paths[active].path;
  const auto tier_of = [&](const CandidatePath& path) {
    return shared_tier(*topology_, active_path.route, path.route);
  };
  for (JudgedPath& path : paths)
    path.tier = tier_of(path.path);
  auto standby = choose_standby(paths, active, standing.standby, policy_.max_standby_detour);
  const JudgedPath* found = standby ? &paths[*standby] : nullptr;
  if (found == nullptr || !is_fully_diverse(*found, paths[active], policy_.max_standby_detour)) {
    auto diverse = search_diverse(active_path, found, solver, destination);
    if (diverse && !has_route(paths, diverse->route)) {
      paths.push_back(judge(*std::move(diverse), standing.active.route.egress(), now));
      paths.back().tier = tier_of(paths.back().path);
      standby = choose_standby(paths, active, standing.standby, policy_.max_standby_detour);
    }
  }
  standing.standby = standby ? paths[*standby].path.route : ExplicitRoute{};
  return standby;
}

std::optional<CandidatePath> Router::search_diverse(const CandidatePath& active, const JudgedPath* standby,
                                                    PathSolver& solver, NodeIndex destination) {
  Standing& standing = standing_by_destination_.at(active.route.egress());
  const bool is_calm = standby != nullptr && standby->is_calm();
  if (is_calm && standing.searched_for == active.route && standing.searched_structure == structure_)
    return std::nullopt;
  auto diverse = solver.find_diverse(destination, active, is_calm ? standby->tier : SharedRisk::kSharesNode);
  if (solver.is_exhausted()) {
    search_pending_ = true;
  } else {
    standing.searched_for = active.route;
    standing.searched_structure = structure_;
  }
  return diverse;
}

DestinationPaths Router::rank(std::span<const JudgedPath> paths, std::size_t active,
                              std::optional<std::size_t> standby, NodeId destination, Instant now) const {
  const Standing& standing = standing_by_destination_.at(destination);
  std::vector<std::size_t> order = {active};
  if (standby) order.push_back(*standby);
  for (std::size_t i = 0; i < paths.size() && order.size() < kMaxRankedPaths; ++i)
    if (i != active && i != standby) order.push_back(i);

  ReasonContext context{.active = paths[active], .standby = standby ? &paths[*standby] : nullptr};
  if (standing.move_due) {
    context.challenger = &paths[choose_active(paths, &standing.active, standing.standby).path].path.route;
    context.move_wait = std::max(Duration::zero(), *standing.move_due - now);
  }
  DestinationPaths ranked{.destination = destination};
  for (const std::size_t i : order) {
    const CandidatePath& path = paths[i].path;
    RankedPath entry{.route = path.route, .quality = path.quality};
    if (i == active) entry.role = PathRole::kActive;
    if (i == standby) entry.role = PathRole::kStandby;
    if (i != active)
      entry.shared_with_active = shared_risk(*topology_, self_, paths[active].path.route, path.route);
    entry.since = since(destination, entry, now);
    entry.reason = reason_for(paths[i], context);
    ranked.paths.push_back(std::move(entry));
  }
  return ranked;
}

Instant Router::since(NodeId destination, const RankedPath& path, Instant now) const {
  const DestinationPaths* before = table_->find(destination);
  if (before == nullptr) return now;
  for (const RankedPath& old_path : before->paths)
    if (old_path.route == path.route && old_path.role == path.role) return old_path.since;
  return now;
}

void Router::drop_unreachable(const PathTable& table, PathTableDelta& delta) {
  std::erase_if(standing_by_destination_, [&](const auto& entry) {
    const auto& [destination, standing] = entry;
    if (table.find(destination) != nullptr) return false;
    delta.moves.push_back({destination, standing.active.route, {}, MoveCause::kUnreachable});
    return true;
  });
}

void Router::rearm(Instant now) {
  next_timeout_ = hold_up_.next_end(now);
  if (search_pending_) next_timeout_ = std::min(next_timeout_, now + kSearchInterval);
  for (const auto& [destination, standing] : standing_by_destination_)
    if (standing.move_due) next_timeout_ = std::min(next_timeout_, *standing.move_due);
}

PathExplanation Router::explain(NodeId destination, Instant now) const {
  PathExplanation explanation{.destination = destination};
  const DestinationPaths* known = table_->find(destination);
  if (known != nullptr) explanation.paths = known->paths;
  const Duration elapsed = now - table_->computed_at;
  for (RankedPath& path : explanation.paths)
    path.reason.wait_left = std::max(Duration::zero(), path.reason.wait_left - elapsed);
  for (RankedPath& path : forbidden_paths(destination, known, now))
    explanation.paths.push_back(std::move(path));
  return explanation;
}

// Solves again without the policy, and keeps the paths that the policy removes.
std::vector<RankedPath> Router::forbidden_paths(NodeId destination, const DestinationPaths* known,
                                                Instant now) const {
  std::vector<RankedPath> forbidden;
  if (topology_ == nullptr || topology_->find(destination) == nullptr) return forbidden;
  const PathPolicy policy = effective_policy();
  PathPolicy only_drains = policy;
  only_drains.transit_through_drained = true;
  PathPolicy nothing_forbidden;
  nothing_forbidden.transit_through_drained = true;
  for (const NodeId neighbor : local_down_)
    nothing_forbidden.avoid_links.insert({self_, neighbor});

  const PathSolver strict(*topology_, self_, policy);
  const PathSolver without_drains(*topology_, self_, only_drains);
  const PathSolver free(*topology_, self_, nothing_forbidden);
  for (const CandidatePath& path : free.candidates(topology_->index_of(destination))) {
    if (strict.assess_route(path.route) || forbidden.size() >= kMaxRankedPaths) continue;
    RankedPath entry{.route = path.route, .quality = path.quality, .since = now};
    entry.reason.verdict =
        without_drains.assess_route(path.route) ? PathVerdict::kDrained : PathVerdict::kPolicy;
    if (known != nullptr) {
      const RankedPath& active = known->active();
      entry.reason.score_gap = active.quality.score - path.quality.score;
      entry.reason.rtt_gap = path.quality.rtt - active.quality.rtt;
      entry.shared_with_active = shared_risk(*topology_, self_, active.route, path.route);
    }
    forbidden.push_back(std::move(entry));
  }
  return forbidden;
}

}  // namespace routing
