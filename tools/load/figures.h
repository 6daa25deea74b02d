// The figures of a run as JSON, for tools/turnbench.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "tools/load/allocation_rate.h"
#include "tools/load/load.h"

namespace load {

[[nodiscard]] nlohmann::json to_json(const LoadReport& report, const Plan& plan);
[[nodiscard]] nlohmann::json to_json(const AllocationReport& report, const Plan& plan);

}  // namespace load
