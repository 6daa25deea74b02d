// Sends through all flows and counts arriving packets. One thread, which polls while it measures: only the
// server pays for wake-ups.
#pragma once

#include "overlay/base/result.h"
#include "tools/load/flow.h"
#include "tools/load/server_meter.h"

namespace load {

struct LoadReport {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t lost = 0;  // sent and not received 2 s after the end
  double seconds = 0;      // length of the measured part; the members below cover this part only
  std::uint64_t relayed = 0;
  ServerUse server;
  double generator_busy = 0;  // share of the time in which the generator had work
  // From the sender's call to the arrival in the receiver's kernel (paced) or at the generator (flat out).
  double p50_us = 0;
  double p99_us = 0;
  double late_p99_us = 0;  // paced: delay of the send call after its due time
  double held_us = 0;      // paced: total time in which the generator did not have its core
};

[[nodiscard]] overlay::Result<LoadReport> run_load(std::vector<Flow>& flows, const Plan& plan);

}  // namespace load
