// `causeway allocations end`.
#pragma once

#include "tools/cli/command.h"

namespace cli {

ExitCode run_end_allocations(const Command& command, const Arguments& arguments, Context& context);

}  // namespace cli
