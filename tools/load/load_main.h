// The command line of the programs of this folder.
#pragma once

#include <functional>
#include <string>

#include <boost/program_options.hpp>

#include "overlay/base/result.h"

namespace load {

// Parses the command line and calls `run`. Returns the exit status: 0, 1 when `run` fails, 2 for a wrong
// command line. Raises the limit of open files to its maximum.
[[nodiscard]] int run_main(
    int argc, char** argv, const std::string& name,
    const boost::program_options::options_description& options,
    const std::function<overlay::Status(const boost::program_options::variables_map&)>& run);

}  // namespace load
