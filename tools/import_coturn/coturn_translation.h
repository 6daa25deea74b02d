// The state of an import. Its parts (coturn_access.h, coturn_addresses.h, coturn_operation.h, coturn_peers.h,
// coturn_protocol.h) read the settings into it, one after the other.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "relay/config/config.h"
#include "relay/config/config_values.h"
#include "tools/import_coturn/coturn_file.h"
#include "tools/import_coturn/coturn_import.h"
#include "tools/import_coturn/coturn_listeners.h"
#include "tools/import_coturn/coturn_precedence.h"

namespace cli {

struct CoturnTranslation {
  static constexpr std::string_view kMove = "move the comment to a line of its own";

  relay::NodeConfig config;
  CoturnListening listening;
  std::vector<ImportFinding> findings;
  std::string missing;
  CoturnPrecedence precedence;

  explicit CoturnTranslation(const CoturnFile& file) : precedence(file) {
    config.turn.emplace();
    config.cores.reset();  // coturn has a thread for each CPU unless relay-threads says otherwise
  }

  [[nodiscard]] relay::TurnSection& turn() { return *config.turn; }

  void note(const CoturnSetting& setting, ImportOutcome outcome, std::string why = {}) {
    findings.push_back({setting.line, setting.name, outcome, std::move(why)});
  }
  void note_malformed(const CoturnSetting& setting, const std::string& why) {
    note(setting, ImportOutcome::kMalformed,
         why + (setting.has_comment()
                    ? "; coturn reads the comment as part of the value: " + std::string(kMove)
                    : ""));
  }
  // About the whole file.
  void note(std::string setting, ImportOutcome outcome, std::string why) {
    findings.push_back({0, std::move(setting), outcome, std::move(why)});
  }
  // Notes a text that is translated. coturn keeps comments and single quotes as part of a text, and so does
  // the YAML.
  void note_text(const CoturnSetting& setting, const std::string& why = {}) {
    const auto oddity = oddity_of(setting);
    note(setting, oddity.empty() ? ImportOutcome::kTranslated : ImportOutcome::kAdapted,
         oddity.empty() ? why : oddity);
  }

  // Records why the configuration cannot run. The first reason stays.
  void miss(std::string what) {
    if (missing.empty()) missing = std::move(what);
  }

  static std::string oddity_of(const CoturnSetting& setting) {
    constexpr std::string_view kBoth = " as part of the value, and so does the YAML: ";
    if (setting.has_comment()) return "coturn reads the comment" + std::string(kBoth) + std::string(kMove);
    if (setting.value.starts_with('\''))
      return "coturn reads the quotes" + std::string(kBoth) + "use double quotes";
    return {};
  }

  // A number. A comment may follow, which coturn ignores.
  std::optional<std::uint32_t> number(const CoturnSetting& setting, relay::CountRange range) {
    const auto end = setting.value.find_first_of(" \t");
    const auto rest = setting.value.find_first_not_of(" \t", end);
    if (end == std::string::npos || rest == std::string::npos || setting.value[rest] != '#')
      return parsed(setting, range);
    CoturnSetting bare = setting;
    bare.value.resize(end);
    return parsed(bare, range);
  }

  // The parsed value; nullopt, with a note of the fault, if it cannot be parsed.
  template <typename Parse>
  auto parsed(const CoturnSetting& setting, Parse parse)
      -> std::optional<std::decay_t<decltype(*parse(""))>> {
    auto value = parse(setting.value);
    if (value) return *std::move(value);
    note_malformed(setting, value.error().what + "; " + value.error().remedy);
    return std::nullopt;
  }
};

// The readers of a part of the import by the names of settings.
template <typename Part>
using CoturnReaders = std::map<std::string_view, void (Part::*)(const CoturnSetting&)>;

// Reads the setting with the reader of its name. False if `readers` has none.
template <typename Part>
bool read_by(Part& part, const CoturnReaders<Part>& readers, const CoturnSetting& setting) {
  const auto reader = readers.find(setting.name);
  if (reader == readers.end()) return false;
  (part.*reader->second)(setting);
  return true;
}

}  // namespace cli
