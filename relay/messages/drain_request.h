// Request and result of `causeway drain`.
#pragma once

#include <string>
#include <vector>

#include "overlay/base/endpoint.h"
#include "overlay/base/time.h"

namespace relay {

struct DrainRequest {
  std::string node;  // the one that is meant; empty: whoever is asked
  overlay::Duration within{};
  std::string to;  // a node's name or a TURN server's address; empty: turn.alternatives
};

struct DrainReport {
  std::vector<overlay::Endpoint> alternatives;
  std::size_t allocations = 0;
};

}  // namespace relay
