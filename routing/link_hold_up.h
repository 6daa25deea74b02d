// Damps upwards only: a link that went down and came back may carry new active paths only after a hold-up
// that doubles with every flap (1 s to 60 s) and is forgotten after quiet.
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
  // Drops what has been quiet long enough.
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
