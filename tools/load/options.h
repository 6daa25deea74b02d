// The command line of causeway-turnbench.
#pragma once

#include <optional>

#include "tools/load/plan.h"

namespace load {

// Returns nullopt after printing --help. Throws a std::exception whose text is for the user.
[[nodiscard]] std::optional<Plan> parse_options(int argc, char** argv);

}  // namespace load
