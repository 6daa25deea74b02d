// What a run found, as the JSON that tools/turnbench reads.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "tools/load/allocation_churn.h"
#include "tools/load/load.h"

namespace bench {

[[nodiscard]] nlohmann::json to_json(const LoadReport& report, const Plan& plan);
[[nodiscard]] nlohmann::json to_json(const ChurnReport& report, const Plan& plan);

}  // namespace bench
