#include "tools/cli/command.h"

#include <algorithm>
#include <ostream>

#include "overlay/base/version.h"
#include "tools/cli/drain_command.h"
#include "tools/cli/end_command.h"
#include "tools/cli/enroll_commands.h"
#include "tools/cli/import_command.h"
#include "tools/cli/probe_command.h"
#include "tools/cli/query_command.h"

namespace cli {
namespace {

namespace po = boost::program_options;

constexpr Command kCommands[] = {
    {"status", "", "this node: roles, neighbors, load, link-state digest", "status --watch 2", run_query},
    {"nodes", "", "every node that the flood has told of", "nodes --json", run_query},
    {"links", "", "this node's links: state, RTT, jitter, loss, detector", "links --watch", run_query},
    {"paths", "SRC DST", "the paths from SRC to DST: active, standby, candidates",
     "paths edge-aws-fra edge-gcp-lon", run_query},
    {"explain", "SRC DST", "why the active path was chosen, and why each other was not",
     "explain edge-aws-fra edge-gcp-lon", run_query},
    {"events", "", "what moved traffic: cause, detection, switch, lost, old and new path",
     "events --pair edge-aws-fra edge-gcp-lon", run_query},
    {"allocations", "", "the TURN allocations of this node", "allocations --user alice --transport tcp",
     run_query},
    {"allocations end", "", "end allocations at once: of a user, a client, or by their id",
     "allocations end --user alice", run_end_allocations},
    {"counters", "", "every counter of this node", "counters --json", run_query},
    {"validate", "", "faults of the cluster that no single configuration shows; status 1 with findings",
     "validate", run_query},
    {"import-coturn", "FILE", "coturn's turnserver.conf as our YAML, and what has no equivalent",
     "import-coturn /etc/turnserver.conf -o node.yaml", run_import_coturn},
    {"probe", "URI", "try a TURN server as a client would, over each transport",
     "probe 'turns:turn.example.org:443?transport=tcp' --user alice --password secret", run_probe_command},
    {"reload", "", "read the configuration again; no allocation ends", "reload --json", run_query},
    {"drain", "[NODE]", "take no new allocation, and end those there are at a deadline",
     "drain --deadline 30m --to 198.51.100.10:3478", run_drain},
    {"undrain", "[NODE]", "take allocations again", "undrain edge-aws-fra", run_drain},
    {"ca init", "", "make the key pair of a new cluster", "ca init --dir ca", run_ca_init},
    {"node enroll", "", "make a node's key and certificate",
     "node enroll --ca ca --name hub-aws-fra --id 2 --provider aws --region fra --role hub --out hub-aws-fra",
     run_node_enroll},
    {"node show", "CERT", "print a certificate", "node show hub-aws-fra/node.cert --ca ca/ca.pub",
     run_node_show},
};

[[nodiscard]] std::string_view first_word_of(const Command& command) {
  return command.name.substr(0, command.name.find(' '));
}

// Of all commands, or of those that begin with `group`, such as "node".
void print_overview(std::ostream& out, std::string_view group = {}) {
  constexpr std::size_t kWidth = 20;
  out << "usage: causeway COMMAND [OPTIONS]\n\n";
  for (const auto& command : kCommands) {
    if (!group.empty() && group != first_word_of(command)) continue;
    std::string left(command.name);
    if (!command.arguments.empty()) left += " " + std::string(command.arguments);
    left.resize(std::max<std::size_t>(left.size() + 2, kWidth), ' ');
    out << "  " << left << command.summary << "\n";
  }
  out << "\ncauseway COMMAND --help tells a command's options; causeway --version prints the version.\n"
         "Queries go to the daemon's socket: --socket PATH, or the environment's CAUSEWAY_SOCKET.\n"
         "Exit status: 0 done, 1 failed or refused, 2 wrong usage, 3 no daemon answers.\n";
}

// How many of the first words are this command's name; 0: another command is meant.
[[nodiscard]] std::size_t words_matched(const Command& command, const Arguments& words) {
  const auto blank = command.name.find(' ');
  if (words.empty() || words[0] != first_word_of(command)) return 0;
  if (blank == std::string_view::npos) return 1;
  return words.size() > 1 && words[1] == command.name.substr(blank + 1) ? 2 : 0;
}

[[nodiscard]] bool names_group(const Arguments& words) {
  return !words.empty() && std::ranges::any_of(kCommands, [&](const Command& command) {
    return first_word_of(command) == words[0];
  });
}

[[nodiscard]] bool is_option(std::string_view word) {
  return word.size() > 1 && word.front() == '-';
}

// Options before the command move behind its words. A word after an option is the option's value if no
// command begins with it; --socket always has a value.
[[nodiscard]] Arguments with_command_first(const Arguments& words) {
  std::size_t front = 0;
  while (front < words.size() && is_option(words[front])) {
    const bool has_own_value = words[front].find('=') != std::string::npos;
    ++front;
    if (has_own_value || front == words.size() || is_option(words[front])) continue;
    if (words[front - 1] == "--socket" || !names_group({words[front]})) ++front;
  }
  Arguments ordered(words.begin() + static_cast<std::ptrdiff_t>(front), words.end());
  const bool has_two_words = std::ranges::any_of(
      kCommands, [&](const Command& command) { return words_matched(command, ordered) == 2; });
  const std::ptrdiff_t name_words = std::min<std::ptrdiff_t>(has_two_words ? 2 : 1, std::ssize(ordered));
  ordered.insert(ordered.begin() + name_words, words.begin(),
                 words.begin() + static_cast<std::ptrdiff_t>(front));
  return ordered;
}

// Scripts for earlier versions say `sessions`.
[[nodiscard]] Arguments with_new_name(Arguments words) {
  if (!words.empty() && words[0] == "sessions") words[0] = "allocations";
  return words;
}

[[nodiscard]] bool asks_for_help(const Arguments& words) {
  return !words.empty() && (words[0] == "--help" || words[0] == "-h" || words[0] == "help");
}

}  // namespace

std::span<const Command> all_commands() {
  return kCommands;
}

ExitCode run(const Arguments& given, Context& context) {
  if (asks_for_help(given)) {
    print_overview(context.out);
    return ExitCode::kOk;
  }
  if (!given.empty() && given[0] == "--version") {
    context.out << "causeway " << overlay::version() << "\n";
    return ExitCode::kOk;
  }
  const Arguments words = with_new_name(with_command_first(given));
  const auto* const best = std::ranges::max_element(
      kCommands, {}, [&](const Command& command) { return words_matched(command, words); });
  if (const std::size_t matched = words_matched(*best, words); matched > 0)
    return best->run(*best, {words.begin() + static_cast<std::ptrdiff_t>(matched), words.end()}, context);
  if (names_group(words)) {
    const bool is_help = asks_for_help({words.begin() + 1, words.end()});
    print_overview(is_help ? context.out : context.err, words[0]);
    return is_help ? ExitCode::kOk : ExitCode::kUsage;
  }
  if (!words.empty()) context.err << "causeway: \"" << words[0] << "\" is not a command\n\n";
  print_overview(context.err);
  return ExitCode::kUsage;
}

ParsedOptions parse_options(const Command& command, const Arguments& arguments,
                            po::options_description options, std::span<const std::string_view> positional,
                            Context& context) {
  po::options_description all(std::move(options));
  all.add_options()("help,h", "print this");
  po::options_description hidden;
  po::positional_options_description positions;
  for (const auto name : positional) {
    hidden.add_options()(std::string(name).c_str(), po::value<std::string>());
    positions.add(std::string(name).c_str(), 1);
  }
  po::options_description accepted;
  accepted.add(all).add(hidden);

  const std::string usage = "causeway " + std::string(command.name) +
                            (command.arguments.empty() ? "" : " " + std::string(command.arguments));
  ParsedOptions parsed;
  try {
    po::store(po::command_line_parser(arguments).options(accepted).positional(positions).run(),
              parsed.values);
    if (parsed.values.count("help") != 0) {
      context.out << "usage: " << usage << " [OPTIONS]\n"
                  << command.summary << "\n\n"
                  << all << "\nfor example:\n  causeway " << command.example << "\n";
      return {{}, ExitCode::kOk, true};
    }
    po::notify(parsed.values);
    for (const auto name : positional)
      if (!name.starts_with('[') && parsed.values.count(std::string(name)) == 0)
        throw po::error(std::string(name) + " is missing");
  } catch (const po::error& error) {
    context.err << "causeway: " << error.what() << "\nusage: " << usage << " [OPTIONS]; see "
                << "causeway " << command.name << " --help\n";
    return {{}, ExitCode::kUsage, true};
  }
  return parsed;
}

ExitCode fail(Context& context, std::string_view message, ExitCode code) {
  context.err << "causeway: " << message << "\n";
  return code;
}

}  // namespace cli
