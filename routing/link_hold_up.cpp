#include "routing/link_hold_up.h"

#include <algorithm>

namespace routing {
namespace {

constexpr Duration kFirstHoldUp = std::chrono::seconds(1);
constexpr Duration kLongestHoldUp = std::chrono::seconds(60);
constexpr int kMaxDoublings = 6;
constexpr Duration kQuiet = std::chrono::minutes(2);  // up for so long after its hold-up: forgotten
constexpr Duration kGone = std::chrono::hours(1);     // down for so long: most likely taken away

}  // namespace

Duration LinkHoldUp::hold_up_of(const History& history) {
  return std::min(kLongestHoldUp, kFirstHoldUp * (1 << std::min(history.flaps - 1, kMaxDoublings)));
}

void LinkHoldUp::note_down(NodePair link, Instant now) {
  History& history = history_by_link_[link];
  if (history.flaps > 0 && !history.up) return;
  ++history.flaps;
  history.up = false;
  history.changed_at = now;
}

void LinkHoldUp::note_up(NodePair link, Instant now) {
  const auto found = history_by_link_.find(link);
  if (found == history_by_link_.end() || found->second.up) return;
  found->second.up = true;
  found->second.changed_at = now;
}

Duration LinkHoldUp::left(NodePair link, Instant now) const {
  const auto found = history_by_link_.find(link);
  if (found == history_by_link_.end()) return {};
  const History& history = found->second;
  if (!history.up) return hold_up_of(history);
  return std::max(Duration::zero(), history.changed_at + hold_up_of(history) - now);
}

Instant LinkHoldUp::next_end(Instant now) const {
  Instant next = kNever;
  for (const auto& [link, history] : history_by_link_) {
    const Instant end = history.changed_at + hold_up_of(history);
    if (history.up && end > now) next = std::min(next, end);
  }
  return next;
}

void LinkHoldUp::forget(Instant now) {
  std::erase_if(history_by_link_, [now](const auto& entry) {
    const History& history = entry.second;
    const Duration quiet_after = history.up ? hold_up_of(history) + kQuiet : kGone;
    return now - history.changed_at > quiet_after;
  });
}

}  // namespace routing
