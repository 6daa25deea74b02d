#include "routing/path_choice.h"

#include <algorithm>
#include <tuple>

namespace routing {
namespace {

constexpr double kMaxStandbyScoreGap = 20.0;
// A standby is replaced for a smaller gain than an active path, but not for noise.
constexpr double kMinStandbyScoreGain = 1.0;

bool is_clear_gain(const PathQuality& from, const PathQuality& to) {
  const double score_gain = to.score - from.score;
  return score_gain >= kMinScoreGain || (score_gain >= 0 && from.rtt - to.rtt >= kMinRttGain);
}

bool has_degraded(const Incumbent& incumbent, const PathQuality& quality) {
  return incumbent.score_when_chosen - quality.score >= kMinScoreGain ||
         quality.rtt - incumbent.rtt_when_chosen >= kMinRttGain;
}

std::optional<std::size_t> position_of(std::span<const JudgedPath> paths, const ExplicitRoute& route) {
  for (std::size_t i = 0; i < paths.size(); ++i)
    if (!route.empty() && paths[i].path.route == route) return i;
  return std::nullopt;
}

// Pinned paths first, then calm ones, then by score, which is their order.
std::size_t best_of(std::span<const JudgedPath> paths) {
  const auto rank = [](const JudgedPath& path) { return std::tuple(!path.is_calm(), !path.pinned); };
  return static_cast<std::size_t>(std::ranges::min_element(paths, {}, rank) - paths.begin());
}

bool is_within_reason(const JudgedPath& path, const JudgedPath& active, Duration max_detour) {
  return path.path.quality.rtt <= active.path.quality.rtt + max_detour &&
         path.path.quality.score >= active.path.quality.score - kMaxStandbyScoreGap;
}

PathReason compared(const JudgedPath& path, const JudgedPath& active) {
  return {.score_gap = active.path.quality.score - path.path.quality.score,
          .rtt_gap = path.path.quality.rtt - active.path.quality.rtt};
}

PathVerdict verdict_on(const JudgedPath& path, const ReasonContext& context) {
  const JudgedPath& active = context.active;
  const PathQuality& quality = path.path.quality;
  if (path.path.route == active.path.route) return PathVerdict::kChosen;
  if (path.hold_up_left > Duration::zero()) return PathVerdict::kHoldUp;
  if (path.path.suspect) return PathVerdict::kSuspect;
  if (active.pinned && !path.pinned) return PathVerdict::kPinned;
  if (context.challenger != nullptr && *context.challenger == path.path.route)
    return PathVerdict::kPendingMove;
  if (quality.score > active.path.quality.score) return PathVerdict::kHysteresis;
  if (context.standby != nullptr && path.tier > context.standby->tier &&
      quality.score > context.standby->path.quality.score)
    return PathVerdict::kSharedRisk;
  const double unloaded = quality.score + load_cost(quality.load);
  if (unloaded > active.path.quality.score + load_cost(active.path.quality.load)) return PathVerdict::kLoad;
  return PathVerdict::kLowerScore;
}

}  // namespace

ActiveChoice choose_active(std::span<const JudgedPath> paths, const Incumbent* active,
                           const ExplicitRoute& standby) {
  const std::size_t best = best_of(paths);
  if (active == nullptr) return {Step::kMoveNow, best, MoveCause::kReachable};

  const auto current = position_of(paths, active->route);
  if (!current) {
    // The data plane already uses the standby, so a second move must be worth it.
    const auto fallback = position_of(paths, standby);
    const bool stay_there = fallback && paths[*fallback].is_calm() &&
                            paths[*fallback].pinned == paths[best].pinned &&
                            !is_clear_gain(paths[*fallback].path.quality, paths[best].path.quality);
    return {Step::kMoveNow, stay_there ? *fallback : best, MoveCause::kPathLost};
  }

  const JudgedPath& incumbent = paths[*current];
  const JudgedPath& challenger = paths[best];
  if (best == *current || !challenger.is_calm()) return {Step::kStay, *current};
  if (challenger.pinned && !incumbent.pinned) return {Step::kMoveNow, best, MoveCause::kPolicy};
  if (incumbent.pinned && !challenger.pinned) return {Step::kStay, *current};
  if (!is_clear_gain(incumbent.path.quality, challenger.path.quality)) return {Step::kStay, *current};
  if (has_degraded(*active, incumbent.path.quality)) return {Step::kMoveNow, best, MoveCause::kDegraded};
  return {Step::kMoveSoon, best, MoveCause::kBetterPath};
}

std::optional<std::size_t> choose_standby(std::span<const JudgedPath> paths, std::size_t active,
                                          const ExplicitRoute& standing, Duration max_detour) {
  const auto rank = [&](const JudgedPath& path) {
    return std::tuple(!is_within_reason(path, paths[active], max_detour), !path.is_calm(), path.tier);
  };
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (i == active) continue;
    if (!best || std::tuple(rank(paths[i]), -paths[i].path.quality.score) <
                     std::tuple(rank(paths[*best]), -paths[*best].path.quality.score))
      best = i;
  }
  const auto kept = position_of(paths, standing);
  if (!best || !kept || *kept == active || rank(paths[*kept]) != rank(paths[*best])) return best;
  const PathQuality& old_quality = paths[*kept].path.quality;
  const PathQuality& new_quality = paths[*best].path.quality;
  const bool is_worth_it = new_quality.score - old_quality.score >= kMinStandbyScoreGain ||
                           old_quality.rtt - new_quality.rtt >= kMinRttGain;
  return is_worth_it ? best : kept;
}

bool is_fully_diverse(const JudgedPath& standby, const JudgedPath& active, Duration max_detour) {
  return standby.tier == 0 && standby.is_calm() && is_within_reason(standby, active, max_detour);
}

PathReason reason_for(const JudgedPath& path, const ReasonContext& context) {
  PathReason reason = compared(path, context.active);
  reason.verdict = verdict_on(path, context);
  if (reason.verdict == PathVerdict::kHoldUp) reason.wait_left = path.hold_up_left;
  if (reason.verdict == PathVerdict::kPendingMove) reason.wait_left = context.move_wait;
  if (reason.verdict == PathVerdict::kHysteresis) {
    reason.margin = kMinScoreGain;
    reason.rtt_margin = kMinRttGain;
  }
  return reason;
}

}  // namespace routing
