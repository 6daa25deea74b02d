#include "tools/cli/import_command.h"

#include <fstream>
#include <ostream>

#include <nlohmann/json.hpp>

#include "relay/config/config_load.h"
#include "tools/cli/key_file.h"
#include "tools/import_coturn/coturn_import.h"
#include "tools/render/table.h"

namespace cli {
namespace {

namespace po = boost::program_options;
using nlohmann::json;

po::options_description import_options() {
  po::options_description options("options");
  auto add = options.add_options();
  add("out,o", po::value<std::string>(),
      "the new file, mode 0600 because it holds secrets; never overwritten. Default: standard output");
  add("address", po::value<std::vector<std::string>>()->composing(),
      "an address of this host, for a file without addresses; once for each family");
  add("json", "print the outcome of each setting as JSON, with the YAML in it unless --out is given");
  return options;
}

overlay::Result<std::vector<overlay::IpAddress>> read_addresses(const po::variables_map& values) {
  std::vector<overlay::IpAddress> addresses;
  if (values.count("address") == 0) return addresses;
  for (const auto& text : values["address"].as<std::vector<std::string>>()) {
    const auto address = overlay::IpAddress::parse(text);
    if (!address) return overlay::failure("--address " + text + ": " + address.error().message);
    if (address->is_unspecified())
      return overlay::failure("--address " + text + " is not an address of a host; `ip address` lists them");
    addresses.push_back(*address);
  }
  return addresses;
}

// The YAML, accepted by the check of `causewayd`.
overlay::Result<std::string> yaml_of(const CoturnImport& import) {
  if (!import.missing.empty()) return overlay::failure(import.missing);
  std::string yaml = relay::print_config(import.config, relay::SecretPrinting::kShow);
  if (const auto checked = relay::load_config(yaml, "imported", relay::Purpose::kUse); !checked)
    return overlay::failure("the result is not a valid configuration: " +
                            checked.error().front().to_string());
  return yaml;
}

void print_json(const CoturnImport& import, const std::string* yaml, std::ostream& out) {
  json document{{"settings", json::array()}};
  for (const ImportFinding& finding : import.findings)
    document["settings"].push_back({{"line", finding.line},
                                    {"setting", finding.setting},
                                    {"outcome", to_string(finding.outcome)},
                                    {"why", finding.why}});
  if (yaml != nullptr) document["yaml"] = *yaml;
  out << document.dump(2, ' ', false, json::error_handler_t::replace) << "\n";
}

// Every setting whose effect is not the same, and the findings about the whole file.
void print_table(const CoturnImport& import, std::ostream& out) {
  Table table({"line", "setting", "outcome", "why"});
  std::size_t settings = 0;
  std::size_t translated = 0;
  for (const ImportFinding& finding : import.findings) {
    settings += finding.line != 0 ? 1 : 0;
    if (finding.outcome == ImportOutcome::kTranslated && finding.why.empty()) {
      ++translated;
      continue;
    }
    table.add({finding.line == 0 ? "" : std::to_string(finding.line), finding.setting,
               to_string(finding.outcome), finding.why});
  }
  out << translated << " of " << settings << " settings have the same effect; the others:\n"
      << table.to_string();
}

}  // namespace

ExitCode run_import_coturn(const Command& command, const Arguments& arguments, Context& context) {
  constexpr std::string_view kPositional[] = {"FILE"};
  const auto parsed = parse_options(command, arguments, import_options(), kPositional, context);
  if (parsed.is_answered) return parsed.code;

  const auto text = read_file(parsed.values["FILE"].as<std::string>());
  if (!text) return fail(context, text.error().message);
  const auto addresses = read_addresses(parsed.values);
  if (!addresses) return fail(context, addresses.error().message, ExitCode::kUsage);
  const CoturnImport import = import_coturn(*text, *addresses);
  const auto yaml = yaml_of(import);
  const bool has_file = parsed.values.count("out") != 0;
  const bool as_json = parsed.values.count("json") != 0;

  if (as_json)
    print_json(import, yaml && !has_file ? &*yaml : nullptr, context.out);
  else
    print_table(import, context.err);
  if (!yaml) return fail(context, yaml.error().message);
  if (!has_file) {
    if (!as_json) context.out << *yaml;
    return ExitCode::kOk;
  }
  const auto path = parsed.values["out"].as<std::string>();
  if (const auto written = write_new_file(path, *yaml, FileAccess::kOwnerOnly); !written)
    return fail(context, written.error().message);
  context.err << "wrote " << path << "; check it with: causewayd --config " << path << " --check-config\n";
  return ExitCode::kOk;
}

}  // namespace cli
