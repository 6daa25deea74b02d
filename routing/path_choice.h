// The judgement at the heart of the router, for one destination, as pure functions: stay or move, and what
// stands by.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "routing/path_solver.h"
#include "routing/path_table.h"

namespace routing {

// What an optimising move must gain: the one or the other.
inline constexpr double kMinScoreGain = 3.0;
inline constexpr Duration kMinRttGain = std::chrono::milliseconds(10);

// A candidate with what the router knows beyond its quality.
struct JudgedPath {
  CandidatePath path;
  Duration hold_up_left{};
  bool pinned = false;  // passes the transit node that the operator asked for
  int tier = 0;         // SharedRisk::tier() with the active path, once that is chosen

  [[nodiscard]] bool is_calm() const { return hold_up_left == Duration::zero() && !path.suspect; }
};

// A path in office, and what it was worth when it was chosen.
struct Incumbent {
  ExplicitRoute route;
  double score_when_chosen = 0;
  Duration rtt_when_chosen{};
};

enum class Step : std::uint8_t { kStay, kMoveNow, kMoveSoon };

struct ActiveChoice {
  Step step = Step::kStay;
  std::size_t path = 0;  // what to stay on or move to
  MoveCause cause = MoveCause::kReachable;
};

// `paths`: not empty, best score first, the active one among them if it still works. `standby` may be empty.
[[nodiscard]] ActiveChoice choose_active(std::span<const JudgedPath> paths, const Incumbent* active,
                                         const ExplicitRoute& standby);

// Least shared risk first, quality second, within reason: at most `max_detour` of RTT and 20 R worse than the
// active path. The standing one stays unless another is clearly better. Nothing if the active path is the
// only one.
[[nodiscard]] std::optional<std::size_t> choose_standby(std::span<const JudgedPath> paths, std::size_t active,
                                                        const ExplicitRoute& standing, Duration max_detour);

// Is there nothing to be gained by looking further than `paths` for a standby?
[[nodiscard]] bool is_fully_diverse(const JudgedPath& standby, const JudgedPath& active, Duration max_detour);

// Why `path` is not the active one. `standby` may be null; `challenger` is the path that a pending move goes
// to.
struct ReasonContext {
  const JudgedPath& active;
  const JudgedPath* standby = nullptr;
  const ExplicitRoute* challenger = nullptr;
  Duration move_wait{};
};
[[nodiscard]] PathReason reason_for(const JudgedPath& path, const ReasonContext& context);

}  // namespace routing
