#include "tests/sim/underlay_path.h"

#include <algorithm>

namespace sim {
namespace {

Duration time_on_line(std::size_t bytes, std::uint64_t bits_per_second) {
  return Duration(static_cast<std::int64_t>(bytes * 8 * 1'000'000'000 / bits_per_second));
}

}  // namespace

bool UnderlayPath::loses() {
  if (config_.bursts) {
    const GilbertElliott& bursts = *config_.bursts;
    in_burst_ = in_burst_ ? random_.unit() >= bursts.leave_burst : random_.unit() < bursts.enter_burst;
    if (in_burst_ && random_.unit() < bursts.loss_in_burst) return true;
  }
  return config_.loss > 0 && random_.unit() < config_.loss;
}

SimTime UnderlayPath::arrival(SimTime departure) {
  SimTime at = departure + config_.delay;
  if (config_.jitter > Duration::zero())
    at += Duration(
        static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(config_.jitter.count()) + 1)));
  if (!config_.reorders) at = std::max(at, last_arrival_);
  last_arrival_ = std::max(at, last_arrival_);
  return at;
}

UnderlayPath::Passage UnderlayPath::admit(std::size_t size, SimTime now) {
  if (config_.cut) return {.fate = Fate::kCut, .arrivals = {}};
  if (loses()) return {.fate = Fate::kLost, .arrivals = {}};
  SimTime departure = now;
  if (config_.bits_per_second > 0) {
    const SimTime start = std::max(now, line_free_at_);
    if (start - now > time_on_line(config_.queue_bytes, config_.bits_per_second))
      return {.fate = Fate::kOverflowed, .arrivals = {}};
    departure = line_free_at_ = start + time_on_line(size, config_.bits_per_second);
  }
  Passage passage{.fate = Fate::kPassed, .arrivals = {arrival(departure)}};
  if (config_.duplicates > 0 && random_.unit() < config_.duplicates)
    passage.arrivals.push_back(arrival(departure));
  return passage;
}

}  // namespace sim
