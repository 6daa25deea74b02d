// The commands that make a cluster's keys: ca init, node enroll, node show. They need no daemon.
#pragma once

#include "tools/cli/command.h"

namespace cli {

ExitCode run_ca_init(const Command& command, const Arguments& arguments, Context& context);
ExitCode run_node_enroll(const Command& command, const Arguments& arguments, Context& context);
ExitCode run_node_show(const Command& command, const Arguments& arguments, Context& context);

}  // namespace cli
