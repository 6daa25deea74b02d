#include "tools/cli/drain_command.h"

#include <ostream>

#include <nlohmann/json.hpp>

#include "tools/cli/daemon_document.h"
#include "tools/render/render.h"

namespace cli {
namespace {

namespace po = boost::program_options;
using nlohmann::json;

[[nodiscard]] po::options_description options_of(const Command& command, const Context& context) {
  po::options_description options("options");
  options.add_options()("socket", po::value<std::string>()->default_value(context.default_socket),
                        "the daemon's admin socket")("json", "print the document for programs");
  if (command.name == "drain")
    options.add_options()("deadline", po::value<std::string>()->default_value("10m"),
                          "when allocations end, for example 90s, 10m or 2h")(
        "to", po::value<std::string>(), "where new clients are sent: a node's name, or ADDRESS:PORT");
  return options;
}

}  // namespace

ExitCode run_drain(const Command& command, const Arguments& arguments, Context& context) {
  constexpr std::string_view kPositional[] = {"[NODE]"};
  const auto parsed = parse_options(command, arguments, options_of(command, context), kPositional, context);
  if (parsed.is_answered) return parsed.code;

  json request{{"command", command.name}};
  if (parsed.values.count("[NODE]") != 0) request["node"] = parsed.values["[NODE]"].as<std::string>();
  for (const char* key : {"deadline", "to"})
    if (parsed.values.count(key) != 0) request[key] = parsed.values[key].as<std::string>();
  const auto document = ask_for_document(context, parsed.values["socket"].as<std::string>(), request);
  if (!document) return document.error();
  if (parsed.values.count("json") != 0)
    context.out << document->dump(2) << "\n";
  else
    context.out << (command.name == "drain" ? render_drain(*document) : "allocations are taken again\n");
  return ExitCode::kOk;
}

}  // namespace cli
