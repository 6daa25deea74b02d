#include "tests/sim/node_clock.h"

namespace sim {
namespace {

constexpr std::int64_t kMillion = 1'000'000;

// In two steps, because nanoseconds times parts per million would overflow within hours.
Duration gained(Duration elapsed, std::int64_t parts_per_million) {
  const std::int64_t whole = elapsed.count() / kMillion;
  const std::int64_t rest = elapsed.count() % kMillion;
  return Duration(whole * parts_per_million + rest * parts_per_million / kMillion);
}

}  // namespace

overlay::Instant NodeClock::local(SimTime at) const {
  const Duration elapsed = at.time_since_epoch();
  return overlay::Instant(config_.origin + elapsed + gained(elapsed, config_.parts_per_million));
}

SimTime NodeClock::when(overlay::Instant instant) const {
  if (instant == overlay::kNever) return kSimNever;
  const Duration shown = instant.time_since_epoch() - config_.origin;
  SimTime guess(shown - gained(shown, config_.parts_per_million));
  // The inverse of a skew is not the opposite skew; the error shrinks with each round.
  for (int round = 0; round < 4; ++round)
    guess += instant - local(guess);
  while (local(guess) < instant)
    guess += Duration(1);
  return guess;
}

overlay::WallClock NodeClock::wall() const {
  return overlay::WallClock(overlay::Instant(config_.origin), config_.calendar);
}

}  // namespace sim
