// Allocations per second: each of many clients sends Allocate, answers the 401, receives the allocation,
// deletes it (Refresh with lifetime 0), and starts again from another port.
#pragma once

#include <string>

#include "overlay/base/result.h"
#include "tools/load/plan.h"
#include "tools/load/server_meter.h"

namespace load {

struct AllocationReport {
  std::uint64_t allocations = 0;  // granted and deleted while measuring
  std::uint64_t failures = 0;     // refused, or without an answer
  std::string failure;            // the most frequent message; empty when there was no failure
  double seconds = 0;
  double p50_us = 0;  // from the first Allocate to the answer to the Refresh
  double p99_us = 0;
  ServerUse server;
};

// plan.allocations is the number of clients at a time.
[[nodiscard]] overlay::Result<AllocationReport> measure_allocations(const Plan& plan);

}  // namespace load
