// Sends through all flows and takes what arrives, in one thread that never sleeps while it measures: so that
// waking up is only ever the server's.
#pragma once

#include "overlay/base/result.h"
#include "tools/load/flow.h"
#include "tools/load/server_meter.h"

namespace load {

struct LoadReport {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t lost = 0;  // never arrived, of all that were sent
  double seconds = 0;      // of the measured part; `relayed` and what follows belong to it
  std::uint64_t relayed = 0;
  ServerUse server;
  double generator_busy = 0;  // share of the time that it had something to do
  // Paced only: from the sender's call to the arrival in the receiver's kernel, and how late packets were
  // sent.
  double p50_us = 0;
  double p99_us = 0;
  double late_p99_us = 0;
  double held_us = 0;  // in all, when the generator was kept from its core
};

[[nodiscard]] overlay::Result<LoadReport> run_load(std::vector<Flow>& flows, const Plan& plan);

}  // namespace load
