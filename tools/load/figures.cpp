#include "tools/load/figures.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace load {
namespace {

using nlohmann::json;

[[nodiscard]] double each_ns(double seconds, std::uint64_t count) {
  return count == 0 ? 0 : seconds * 1e9 / static_cast<double>(count);
}

// `count`: packets or allocations.
void add_server(json& out, const ServerUse& use, double seconds, std::uint64_t count, const Plan& plan) {
  if (!use.stolen_s.empty())
    out["stolen"] = *std::max_element(use.stolen_s.begin(), use.stolen_s.end()) / seconds;
  if (plan.server_core) {
    out["core_ns"] = each_ns(use.core_busy_s, count);
    out["core_busy"] = use.core_busy_s / seconds;
    out["interrupt_ns"] = each_ns(use.core_interrupt_s, count);
  }
  if (plan.server_pid) out["process_ns"] = each_ns(use.process_s, count);
  if (!plan.network_pids.empty()) out["network_ns"] = each_ns(use.network_s, count);
  // At least that much was neither the server's nor an interrupt's.
  if (plan.server_core && plan.server_pid)
    out["others"] =
        std::max(0.0, use.core_busy_s - use.core_interrupt_s - use.process_s - use.network_s) / seconds;
}

}  // namespace

json to_json(const LoadReport& report, const Plan& plan) {
  json out = {{"sent", report.sent},
              {"received", report.received},
              {"lost", report.lost},
              {"seconds", report.seconds},
              {"relayed", report.relayed},
              {"packets_per_s", static_cast<double>(report.relayed) / report.seconds},
              {"generator_busy", report.generator_busy}};
  add_server(out, report.server, report.seconds, report.relayed, plan);
  out["p50_us"] = report.p50_us;
  out["p99_us"] = report.p99_us;
  if (!plan.is_paced()) return out;
  out["late_p99_us"] = report.late_p99_us;
  out["held_us"] = report.held_us;
  return out;
}

json to_json(const AllocationReport& report, const Plan& plan) {
  json out = {{"allocations", report.allocations},
              {"failures", report.failures},
              {"failure", report.failure},
              {"seconds", report.seconds},
              {"allocations_per_s", static_cast<double>(report.allocations) / report.seconds},
              {"p50_us", report.p50_us},
              {"p99_us", report.p99_us}};
  add_server(out, report.server, report.seconds, report.allocations, plan);
  return out;
}

}  // namespace load
