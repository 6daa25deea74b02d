// The commands of `causeway`, as a table: main() looks the first words of the command line up in it.
#pragma once

#include <span>
#include <string_view>

#include <boost/program_options.hpp>

#include "tools/cli/context.h"

namespace cli {

struct Command {
  std::string_view name;       // "status", "ca init"
  std::string_view arguments;  // "SRC DST", for the usage line
  std::string_view summary;    // one line
  std::string_view example;    // what follows "causeway "
  ExitCode (*run)(const Command& command, const Arguments& arguments, Context& context);
};

[[nodiscard]] std::span<const Command> all_commands();

// Runs the command of these words, which follow the program's name. Options may precede the command.
[[nodiscard]] ExitCode run(const Arguments& given, Context& context);

// A parsed command line, or the exit code of having answered --help or a usage error.
struct ParsedOptions {
  boost::program_options::variables_map values;
  ExitCode code = ExitCode::kOk;
  bool is_answered = false;
};
// Adds --help. `positional`: the names of the options that words without a dash fill, in order; "[NAME]" may
// be left out.
[[nodiscard]] ParsedOptions parse_options(const Command& command, const Arguments& arguments,
                                          boost::program_options::options_description options,
                                          std::span<const std::string_view> positional, Context& context);

ExitCode fail(Context& context, std::string_view message, ExitCode code = ExitCode::kFailed);

}  // namespace cli
