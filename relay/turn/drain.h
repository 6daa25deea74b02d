// A server that is to be emptied: it takes no new allocation, and serves those that it has until the deadline
// and a little longer, so that every client hears of the end.
#pragma once

#include <algorithm>
#include <vector>

#include "overlay/base/endpoint.h"
#include "overlay/base/time.h"

namespace relay {

struct Drain {
  // Clients refresh some time before the end of what they were granted; shorter grants would only make them
  // give up (Firefox does at 10 s).
  static constexpr overlay::Duration kShortestGrant = std::chrono::seconds(30);

  overlay::Instant deadline{};
  std::vector<overlay::Endpoint> alternatives;  // for new clients on UDP and TCP; empty: the server's own

  [[nodiscard]] bool is_over(overlay::Instant now) const { return now >= deadline; }
  // The lifetime to grant instead of `normal`. A client that refreshes in time learns of the end at the
  // deadline or soon after it.
  [[nodiscard]] overlay::Duration grant(overlay::Duration normal, overlay::Instant now) const {
    return std::min(normal, std::max(deadline - now, kShortestGrant));
  }
};

}  // namespace relay
