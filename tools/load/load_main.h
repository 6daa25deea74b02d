// What the programs of this folder do with their command line.
#pragma once

#include <functional>
#include <string>

#include <boost/program_options.hpp>

#include "overlay/base/result.h"

namespace load {

// The exit status: 0, 1 when `run` fails, 2 for a wrong command line. Asks for as many descriptors as it may
// have.
[[nodiscard]] int run_main(
    int argc, char** argv, const std::string& name,
    const boost::program_options::options_description& options,
    const std::function<overlay::Status(const boost::program_options::variables_map&)>& run);

}  // namespace load
