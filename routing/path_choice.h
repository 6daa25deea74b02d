// Pure functions for one destination: stay or move, and which path is the standby.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "routing/path_solver.h"
#include "routing/path_table.h"

namespace routing {

// Minimum gain of an optimising move: one of the two.
inline constexpr double kMinScoreGain = 3.0;
inline constexpr Duration kMinRttGain = std::chrono::milliseconds(10);

// A candidate, with the knowledge of the router beyond its quality.
struct JudgedPath {
  CandidatePath path;
  Duration hold_up_left{};
  bool pinned = false;  // contains the transit node that the operator has pinned
  int tier = 0;         // SharedRisk::tier() with the active path, once that is chosen

  [[nodiscard]] bool is_calm() const { return hold_up_left == Duration::zero() && !path.suspect; }
};

// An active path, and its quality when it was chosen.
struct Incumbent {
  ExplicitRoute route;
  double score_when_chosen = 0;
  Duration rtt_when_chosen{};
};

enum class Step : std::uint8_t { kStay, kMoveNow, kMoveSoon };

struct ActiveChoice {
  Step step = Step::kStay;
  std::size_t path = 0;  // the path to stay on or to move to
  MoveCause cause = MoveCause::kReachable;
};

// `paths`: not empty, best score first; contains the active path if it still works. `standby` may be empty.
[[nodiscard]] ActiveChoice choose_active(std::span<const JudgedPath> paths, const Incumbent* active,
                                         const ExplicitRoute& standby);

// Least shared risk first, then quality. Limits: at most `max_detour` of RTT and 20 R worse than the active
// path. The current standby stays unless another path is clearly better. nullopt if the active path is the
// only one.
[[nodiscard]] std::optional<std::size_t> choose_standby(std::span<const JudgedPath> paths, std::size_t active,
                                                        const ExplicitRoute& standing, Duration max_detour);

// True when a further search for a standby cannot gain anything.
[[nodiscard]] bool is_fully_diverse(const JudgedPath& standby, const JudgedPath& active, Duration max_detour);

// Why `path` is not the active one. `standby` may be null. `challenger` is the target of a pending move.
struct ReasonContext {
  const JudgedPath& active;
  const JudgedPath* standby = nullptr;
  const ExplicitRoute* challenger = nullptr;
  Duration move_wait{};
};
[[nodiscard]] PathReason reason_for(const JudgedPath& path, const ReasonContext& context);

}  // namespace routing
