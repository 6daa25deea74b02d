// The commands that ask a running daemon: status, nodes, links, paths, explain, events, sessions, counters.
#pragma once

#include "tools/cli/command.h"

namespace cli {

ExitCode run_query(const Command& command, const Arguments& arguments, Context& context);

}  // namespace cli
