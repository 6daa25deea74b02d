// The command `causeway import-coturn`.
#pragma once

#include "tools/cli/command.h"

namespace cli {

ExitCode run_import_coturn(const Command& command, const Arguments& arguments, Context& context);

}  // namespace cli
