// causeway-turnbench: one run against one TURN server, and its figures as one JSON document. tools/turnbench
// starts it, in its namespaces, and makes tables of what it says.
#include <iostream>

#include <boost/program_options.hpp>
#include <nlohmann/json.hpp>

#include "tools/bench/flow.h"
#include "tools/bench/load.h"
#include "tools/bench/options.h"
#include "tools/bench/sockets.h"

namespace {

using nlohmann::json;

[[nodiscard]] double per_packet_ns(double seconds, std::uint64_t packets) {
  return packets == 0 ? 0 : seconds * 1e9 / static_cast<double>(packets);
}

[[nodiscard]] json to_json(const bench::LoadReport& report, const bench::Plan& plan) {
  json out = {{"sent", report.sent},
              {"received", report.received},
              {"lost", report.lost},
              {"seconds", report.seconds},
              {"relayed", report.relayed},
              {"packets_per_s", static_cast<double>(report.relayed) / report.seconds},
              {"generator_busy", report.generator_busy},
              {"p50_us", nullptr},
              {"p99_us", nullptr}};
  if (plan.server_core) {
    out["core_ns"] = per_packet_ns(report.server.core_busy_s, report.relayed);
    out["core_busy"] = report.server.core_busy_s / report.seconds;
    out["interrupt_ns"] = per_packet_ns(report.server.core_interrupt_s, report.relayed);
  }
  if (plan.server_pid) out["process_ns"] = per_packet_ns(report.server.process_s, report.relayed);
  if (plan.is_paced()) {
    out["p50_us"] = report.p50_us;
    out["p99_us"] = report.p99_us;
    out["late_p99_us"] = report.late_p99_us;
  }
  return out;
}

[[nodiscard]] overlay::Result<json> measure_load(const bench::Plan& plan) {
  auto flows = bench::open_flows(plan, true);
  if (!flows) return overlay::failure(flows.error().message);
  auto report = bench::run_load(*flows, plan);
  if (!report) return overlay::failure(report.error().message);
  if (auto closed = bench::close_flows(*flows); !closed) return overlay::failure(closed.error().message);
  return to_json(*report, plan);
}

}  // namespace

int main(int argc, char** argv) {
  bench::Plan plan;
  try {
    const auto parsed = bench::parse_options(argc, argv);
    if (!parsed) return 0;
    plan = *parsed;
  } catch (const std::exception& error) {
    std::cerr << "causeway-turnbench: " << error.what() << " (see --help)\n";
    return 2;
  }
  bench::raise_descriptor_limit();
  const auto figures = measure_load(plan);
  if (!figures) {
    std::cerr << "causeway-turnbench: " << figures.error().message << "\n";
    return 1;
  }
  std::cout << figures->dump() << "\n";
  return 0;
}
