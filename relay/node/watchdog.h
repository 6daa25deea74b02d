// Decides whether the node may call itself alive: every data plane has reported lately. Pure, owned by Node,
// used on the control thread, whose own progress is that it asks.
#pragma once

#include <optional>
#include <span>

#include "overlay/base/time.h"

namespace relay {

class Watchdog {
 public:
  // A data plane that has not reported yet counts from `started`.
  explicit Watchdog(overlay::Instant started) : started_(started) {}

  struct Verdict {
    std::optional<std::size_t> stalled;  // the first data plane that makes no progress; nullopt: alive
    bool has_changed = false;            // against the verdict before; the first one is compared with alive
  };
  // `reported_at`: last report by data plane; the clock's beginning stands for "no report yet".
  [[nodiscard]] Verdict check(std::span<const overlay::Instant> reported_at, overlay::Instant now);

 private:
  overlay::Instant started_;
  std::optional<std::size_t> stalled_;
};

}  // namespace relay
