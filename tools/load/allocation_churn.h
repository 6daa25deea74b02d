// Allocations per second: each of many clients asks, is told to authenticate (401), allocates, gives the
// allocation back (Refresh with lifetime 0), and begins again as a client that the server does not know.
#pragma once

#include <string>

#include "overlay/base/result.h"
#include "tools/load/plan.h"
#include "tools/load/server_meter.h"

namespace bench {

struct ChurnReport {
  std::uint64_t allocations = 0;  // made and given back while measuring
  std::uint64_t failures = 0;     // refused, or without an answer
  std::string failure;            // what the last of them was
  double seconds = 0;
  ServerUse server;
};

// plan.allocations is how many clients there are at once.
[[nodiscard]] overlay::Result<ChurnReport> run_churn(const Plan& plan);

}  // namespace bench
