#include "tools/load/server_meter.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include <unistd.h>

namespace load {
namespace {

[[nodiscard]] double uptime_s() {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// The kernel accounts idle time exactly, and only samples the kinds of busy time.
void read_cores(std::optional<int> core, ServerUse& use) {
  std::ifstream stat("/proc/stat");
  const std::string wanted = core ? "cpu" + std::to_string(*core) : "";
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  for (std::string name; stat >> name && name.starts_with("cpu"); stat.ignore(4096, '\n')) {
    if (name == "cpu") continue;
    double user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0, steal = 0;
    stat >> user >> nice >> system >> idle >> wait >> irq >> softirq >> steal;
    use.stolen_s.push_back(steal / ticks);
    if (name != wanted) continue;
    use.core_busy_s = uptime_s() - (idle + wait + steal) / ticks;
    use.core_interrupt_s = (irq + softirq) / ticks;
  }
}

double run_time_s(int pid) {
  double sum_s = 0;
  std::error_code error;
  for (const auto& task :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", error)) {
    std::ifstream schedstat(task.path() / "schedstat");
    double ran_ns = 0;
    if (schedstat >> ran_ns) sum_s += ran_ns / 1e9;
  }
  return sum_s;
}

void read_process(int pid, ServerUse& use) {
  use.process_s = run_time_s(pid);
  std::ifstream statm("/proc/" + std::to_string(pid) + "/statm");
  std::uint64_t size = 0, resident = 0;
  if (statm >> size >> resident)
    use.resident_bytes = resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

ServerUse ServerMeter::read() const {
  ServerUse use;
  read_cores(core_, use);
  if (pid_) read_process(*pid_, use);
  for (const int pid : network_pids_)
    use.network_s += run_time_s(pid);
  return use;
}

ServerUse ServerMeter::between(const ServerUse& begin, const ServerUse& end) {
  ServerUse use{.core_busy_s = end.core_busy_s - begin.core_busy_s,
                .core_interrupt_s = end.core_interrupt_s - begin.core_interrupt_s,
                .process_s = end.process_s - begin.process_s,
                .network_s = end.network_s - begin.network_s,
                .resident_bytes = end.resident_bytes,
                .stolen_s = end.stolen_s};
  for (std::size_t core = 0; core < std::min(use.stolen_s.size(), begin.stolen_s.size()); ++core)
    use.stolen_s[core] -= begin.stolen_s[core];
  return use;
}

}  // namespace load
