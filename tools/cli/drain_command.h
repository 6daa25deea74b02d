// `causeway drain` and `causeway undrain`.
#pragma once

#include "tools/cli/command.h"

namespace cli {

ExitCode run_drain(const Command& command, const Arguments& arguments, Context& context);

}  // namespace cli
