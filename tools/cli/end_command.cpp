#include "tools/cli/end_command.h"

#include <ostream>

#include <nlohmann/json.hpp>

#include "tools/cli/daemon_document.h"
#include "tools/render/render.h"

namespace cli {
namespace {

namespace po = boost::program_options;
using nlohmann::json;

constexpr const char* kFilters[] = {"user", "id", "client", "relayed", "transport"};

[[nodiscard]] po::options_description options_of(const Context& context) {
  po::options_description options("options");
  auto add = options.add_options();
  add("socket", po::value<std::string>()->default_value(context.default_socket), "the daemon's admin socket");
  add("user", po::value<std::string>(), "of this user; of signed names, what follows the time");
  add("id", po::value<std::string>(), "the allocation with this id in `causeway allocations`");
  add("client", po::value<std::string>(), "of this client: an address, or address and port");
  add("relayed", po::value<std::string>(), "with this relayed address, or address and port");
  add("transport", po::value<std::string>(), "of clients by udp, tcp, tls or dtls");
  add("all", "every allocation of this node");
  add("json", "print the document for programs");
  return options;
}

}  // namespace

ExitCode run_end_allocations(const Command& command, const Arguments& arguments, Context& context) {
  const auto parsed = parse_options(command, arguments, options_of(context), {}, context);
  if (parsed.is_answered) return parsed.code;
  json request{{"command", "end_allocations"}};
  for (const char* key : kFilters)
    if (parsed.values.count(key) != 0) request[key] = parsed.values[key].as<std::string>();
  const bool is_for_all = parsed.values.count("all") != 0;
  if (is_for_all != (request.size() == 1))
    return fail(context,
                "say which allocations end: --user, --id, --client, --relayed or --transport; or --all alone",
                ExitCode::kUsage);
  if (is_for_all) request["all"] = true;
  const auto document = ask_for_document(context, parsed.values["socket"].as<std::string>(), request);
  if (!document) return document.error();
  if (parsed.values.count("json") != 0)
    context.out << document->dump(2) << "\n";
  else
    context.out << render_ended(*document);
  const auto complete = document->find("complete");
  return complete != document->end() && *complete == true ? ExitCode::kOk : ExitCode::kFailed;
}

}  // namespace cli
