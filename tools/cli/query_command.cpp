#include "tools/cli/query_command.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ostream>

#include <nlohmann/json.hpp>

#include "tools/cli/daemon_document.h"
#include "tools/render/render.h"

namespace cli {
namespace {

namespace po = boost::program_options;
using nlohmann::json;

using Render = std::string (*)(const json& document);

struct Query {
  std::string_view name;
  bool asks_for_pair;  // SRC DST
  Render render;
};

constexpr std::array<Query, 10> kQueries{{{"status", false, render_status},
                                          {"nodes", false, render_nodes},
                                          {"links", false, render_links},
                                          {"paths", true, render_paths},
                                          {"explain", true, render_explain},
                                          {"events", false, render_events},
                                          {"allocations", false, render_allocations},
                                          {"counters", false, render_counters},
                                          {"validate", false, render_validate},
                                          {"reload", false, render_reload}}};

constexpr std::array<std::string_view, 2> kPair{"source", "destination"};

// --watch may stand alone or before a number of seconds, which the option parser cannot tell from SRC.
[[nodiscard]] Arguments with_watch_joined(const Arguments& arguments) {
  const auto is_number = [](const std::string& word) {
    return !word.empty() && word.find_first_not_of("0123456789.") == std::string::npos;
  };
  Arguments joined;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] != "--watch") {
      joined.push_back(arguments[i]);
    } else if (i + 1 < arguments.size() && is_number(arguments[i + 1])) {
      joined.push_back("--watch=" + arguments[++i]);
    } else {
      joined.emplace_back("--watch=1");
    }
  }
  return joined;
}

[[nodiscard]] po::options_description options_of(const Query& query, const Context& context) {
  po::options_description options("options");
  options.add_options()("socket", po::value<std::string>()->default_value(context.default_socket),
                        "the daemon's admin socket")("json", "print the document for programs");
  if (query.name != "reload")
    options.add_options()("watch", po::value<double>(), "ask again every SECONDS (default 1)");
  if (query.name == "reload")
    options.add_options()("grace", "let allocations run out whose user, secret or peer rule is gone");
  if (query.name == "events")
    options.add_options()("pair", po::value<std::vector<std::string>>()->multitoken(),
                          "A B: only events between these two nodes, either way");
  if (query.name == "allocations") {
    auto add = options.add_options();
    add("user", po::value<std::string>(), "only this user's; of signed names, what follows the time");
    add("id", po::value<std::string>(), "only the allocation with this id");
    add("client", po::value<std::string>(), "only of this client: an address, or address and port");
    add("relayed", po::value<std::string>(), "only with this relayed address, or address and port");
    add("transport", po::value<std::string>(), "only clients by udp, tcp, tls or dtls");
    add("limit", po::value<std::uint32_t>(), "list at most so many (default 1000, up to 100000)");
  }
  return options;
}

[[nodiscard]] json request_of(const Query& query, const po::variables_map& values) {
  json request{{"command", query.name}};
  for (const char* key : {"source", "destination"})
    if (values.count(key) != 0) request[key] = values[key].as<std::string>();
  for (const char* key : {"user", "id", "client", "relayed", "transport"})
    if (values.count(key) != 0) request[key] = values[key].as<std::string>();
  if (values.count("grace") != 0) request["grace"] = true;
  if (values.count("limit") != 0) request["limit"] = values["limit"].as<std::uint32_t>();
  if (values.count("pair") != 0) request["pair"] = values["pair"].as<std::vector<std::string>>();
  return request;
}

[[nodiscard]] ExitCode answer_once(const Query& query, const po::variables_map& values, Context& context) {
  const auto document =
      ask_for_document(context, values["socket"].as<std::string>(), request_of(query, values));
  if (!document) return document.error();
  if (values.count("json") != 0)
    context.out << document->dump(values.count("watch") != 0 ? -1 : 2) << "\n";
  else
    context.out << query.render(*document);
  context.out.flush();
  const auto findings = document->find("findings");
  const bool is_good = findings == document->end() || findings->empty();
  return is_good ? ExitCode::kOk : ExitCode::kFailed;
}

[[nodiscard]] ExitCode watch(const Query& query, const po::variables_map& values, Context& context) {
  constexpr std::string_view kClearScreen = "\x1b[H\x1b[2J";
  const std::chrono::duration<double> interval(std::clamp(values["watch"].as<double>(), 0.1, 3600.0));
  do {
    if (context.out_is_terminal && values.count("json") == 0) context.out << kClearScreen;
    if (const ExitCode code = answer_once(query, values, context); code != ExitCode::kOk) return code;
  } while (context.pause(std::chrono::duration_cast<overlay::Duration>(interval)));
  return ExitCode::kOk;
}

}  // namespace

ExitCode run_query(const Command& command, const Arguments& arguments, Context& context) {
  const auto query = std::find_if(kQueries.begin(), kQueries.end(),
                                  [&](const Query& candidate) { return candidate.name == command.name; });
  CHECK(query != kQueries.end());
  const auto positional =
      query->asks_for_pair ? std::span<const std::string_view>(kPair) : std::span<const std::string_view>();
  const auto parsed =
      parse_options(command, with_watch_joined(arguments), options_of(*query, context), positional, context);
  if (parsed.is_answered) return parsed.code;
  if (parsed.values.count("pair") != 0 && parsed.values["pair"].as<std::vector<std::string>>().size() != 2)
    return fail(context, "--pair needs two node names, as in: causeway events --pair A B", ExitCode::kUsage);
  return parsed.values.count("watch") != 0 ? watch(*query, parsed.values, context)
                                           : answer_once(*query, parsed.values, context);
}

}  // namespace cli
