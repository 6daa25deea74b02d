// causeway-turnbench: makes one run against one TURN server and prints its figures as one JSON document.
// tools/turnbench starts it in network namespaces and renders the tables.
#include <iostream>

#include <boost/program_options.hpp>
#include <nlohmann/json.hpp>

#include "tools/load/figures.h"
#include "tools/load/flow.h"
#include "tools/load/options.h"
#include "tools/load/sockets.h"

namespace {

using nlohmann::json;

[[nodiscard]] overlay::Result<json> measure_load(const load::Plan& plan) {
  auto flows = load::open_flows(plan, true);
  if (!flows) return overlay::failure(flows.error().message);
  auto report = load::run_load(*flows, plan);
  if (!report) return overlay::failure(report.error().message);
  if (auto closed = load::close_flows(*flows); !closed) return overlay::failure(closed.error().message);
  return load::to_json(*report, plan);
}

[[nodiscard]] overlay::Result<json> measure_churn(const load::Plan& plan) {
  auto report = load::measure_allocations(plan);
  if (!report) return overlay::failure(report.error().message);
  return load::to_json(*report, plan);
}

// Resident memory of the server before and after many clients allocate and stay idle.
[[nodiscard]] overlay::Result<json> measure_memory(const load::Plan& plan) {
  const load::ServerMeter meter(plan);
  const auto before = meter.read().resident_bytes;
  auto flows = load::open_flows(plan, false);
  if (!flows) return overlay::failure(flows.error().message);
  const auto after = meter.read().resident_bytes;
  if (auto closed = load::close_flows(*flows); !closed) return overlay::failure(closed.error().message);
  const double grown = static_cast<double>(after) - static_cast<double>(before);
  return json{{"allocations", plan.allocations},
              {"resident_before", before},
              {"resident_after", after},
              {"bytes_per_allocation", grown / static_cast<double>(plan.allocations)}};
}

[[nodiscard]] overlay::Result<json> measure(const load::Plan& plan) {
  switch (plan.subject) {
    case load::Subject::kLoad:
      return measure_load(plan);
    case load::Subject::kChurn:
      return measure_churn(plan);
    case load::Subject::kMemory:
      return measure_memory(plan);
  }
  return overlay::failure("--what has an unknown value");
}

}  // namespace

int main(int argc, char** argv) {
  load::Plan plan;
  try {
    const auto parsed = load::parse_options(argc, argv);
    if (!parsed) return 0;
    plan = *parsed;
  } catch (const std::exception& error) {
    std::cerr << "causeway-turnbench: " << error.what() << " (see --help)\n";
    return 2;
  }
  load::raise_descriptor_limit();
  const auto figures = measure(plan);
  if (!figures) {
    std::cerr << "causeway-turnbench: " << figures.error().message << "\n";
    return 1;
  }
  std::cout << figures->dump() << "\n";
  return 0;
}
