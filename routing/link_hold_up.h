// Damps only the way up: after a link went down and came back, new active paths use it only after a hold-up.
// The hold-up doubles with every flap (1 s to 60 s). A quiet link loses its history.
#pragma once

#include <map>

#include "routing/path_policy.h"

namespace routing {

class LinkHoldUp {
 public:
  void note_down(NodePair link, Instant now);
  void note_up(NodePair link, Instant now);
  // No link has a history.
  [[nodiscard]] bool empty() const { return history_by_link_.empty(); }
  // Zero when the link may be used.
  [[nodiscard]] Duration left(NodePair link, Instant now) const;
  // The next end of a hold-up, later than `now`.
  [[nodiscard]] Instant next_end(Instant now) const;
  // Drops the history of links that were quiet long enough.
  void forget(Instant now);

 private:
  struct History {
    bool up = false;
    int flaps = 0;
    Instant changed_at{};
  };
  [[nodiscard]] static Duration hold_up_of(const History& history);

  std::map<NodePair, History> history_by_link_;
};

}  // namespace routing
