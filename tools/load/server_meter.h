// What the server costs, read from /proc: the time its core was not idle, and the time its own threads ran.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "overlay/base/time.h"
#include "tools/load/plan.h"

namespace load {

struct ServerUse {
  double core_busy_s = 0;       // whoever used it: 0 unless the plan names the core
  double core_interrupt_s = 0;  // of that, in (soft) interrupts; sampled by the kernel's tick
  double process_s = 0;         // the server's threads, with the interrupts that they were hit by
  double network_s = 0;         // the kernel's threads that receive for it, likewise
  std::uint64_t resident_bytes = 0;
  std::vector<double>
      stolen_s;  // of each core of this machine: it had work, and the host of the virtual machine ran others
};

class ServerMeter {
 public:
  explicit ServerMeter(const Plan& plan)
      : core_(plan.server_core), pid_(plan.server_pid), network_pids_(plan.network_pids) {}

  // Since boot, and of the process's life. Resident memory is as of now.
  [[nodiscard]] ServerUse read() const;
  [[nodiscard]] static ServerUse between(const ServerUse& begin, const ServerUse& end);

 private:
  std::optional<int> core_;
  std::optional<int> pid_;
  std::vector<int> network_pids_;
};

}  // namespace load
