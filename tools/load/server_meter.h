// The cost of a server, from /proc: the busy time of its core, and the run time of its threads.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "overlay/base/time.h"
#include "tools/load/plan.h"

namespace load {

struct ServerUse {
  double core_busy_s = 0;       // by any task; 0 unless the plan names the core
  double core_interrupt_s = 0;  // part of it in (soft) interrupts; sampled by the kernel's tick
  double process_s = 0;         // run time of the server's threads, with interrupts during it
  double network_s = 0;         // run time of the kernel threads that receive for the server
  std::uint64_t resident_bytes = 0;
  std::vector<double> stolen_s;  // of each core: time that the host withheld
};

class ServerMeter {
 public:
  explicit ServerMeter(const Plan& plan)
      : core_(plan.server_core), pid_(plan.server_pid), network_pids_(plan.network_pids) {}

  // Totals since boot and since the start of the process; resident memory is the current one.
  [[nodiscard]] ServerUse read() const;
  [[nodiscard]] static ServerUse between(const ServerUse& begin, const ServerUse& end);

 private:
  std::optional<int> core_;
  std::optional<int> pid_;
  std::vector<int> network_pids_;
};

}  // namespace load
