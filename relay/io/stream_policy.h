// How many connections and associations a data plane holds, and how long those stay that are of no use.
#pragma once

#include <cstdint>

#include "overlay/base/time.h"
#include "relay/io/connection_limits.h"

namespace relay {

struct StreamPolicy {
  ConnectionLimits::Limits limits;  // of streams, and again of DTLS associations
  // TLS and DTLS together. 0: no limit.
  std::uint64_t handshakes_per_second = 0;
  overlay::Duration prove_within = std::chrono::seconds(10);  // from connecting to an allocation
  overlay::Duration idle_for =
      std::chrono::seconds(30);  // without an allocation, or an HTTPS backend, after it ended
  overlay::Duration stalled_for = std::chrono::seconds(30);  // with something to read that it does not read
};

}  // namespace relay
