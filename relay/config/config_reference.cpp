#include "relay/config/config_reference.h"

#include <string_view>
#include <vector>

#include "relay/config/node_settings.h"
#include "relay/config/settings_reference.h"

namespace relay {
namespace {

std::vector<KeyReference> all_keys() {
  SettingsReference reference;
  reference.add<NodeConfig>();
  return reference.keys();
}

std::string_view applies_text(Applies applies) {
  return applies == Applies::kLive ? "reload" : "restart";
}

// Breaks between words; each line is indented.
std::string wrapped(std::string_view text) {
  constexpr std::size_t kWidth = 80;
  std::string lines;
  std::string line = " ";
  while (!text.empty()) {
    const auto blank = text.find(' ');
    const std::string_view word = text.substr(0, blank);
    text = blank == std::string_view::npos ? std::string_view() : text.substr(blank + 1);
    if (line.size() + 1 + word.size() > kWidth) {
      lines += line + "\n";
      line = " ";
    }
    line += " " + std::string(word);
  }
  return lines + line + "\n";
}

std::string section_of(std::string_view key) {
  const auto dot = key.rfind('.');
  return dot == std::string_view::npos ? std::string() : std::string(key.substr(0, dot));
}

std::string_view name_of(std::string_view key) {
  return key.substr(key.rfind('.') + 1);
}

// Text that Markdown would read as a tag or as the edge of a cell.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '<' || c == '|') result += '\\';
    result += c;
  }
  return result;
}

// The rows of the keys that stand directly in the section; empty if there are none.
std::string table_of(std::string_view section, const std::vector<KeyReference>& keys) {
  std::string rows;
  for (const KeyReference& key : keys)
    if (!key.is_section() && section_of(key.key) == section)
      rows += "| `" + std::string(name_of(key.key)) + "` | " + escaped(key.values) + " | " +
              escaped(key.default_text) + " | " + std::string(applies_text(key.applies)) + " | " +
              escaped(key.meaning) + " |\n";
  if (rows.empty()) return {};
  return "| key | values | default | takes effect | meaning |\n|---|---|---|---|---|\n" + rows;
}

}  // namespace

std::string config_reference_text() {
  std::string text =
      "The keys of a configuration. A change of a key takes effect with `causeway reload`\n"
      "or after a restart. seeds[], listeners[] and users[] are lists of maps.\n";
  for (const KeyReference& key : all_keys()) {
    text += "\n" + key.key + "\n" + wrapped(key.meaning);
    if (key.is_section()) continue;
    text += wrapped("Values: " + key.values + ".");
    const bool is_required = key.default_text == "required";
    text += wrapped((is_required ? "Required." : "Default: " + key.default_text + ".") +
                    " Takes effect: " + std::string(applies_text(key.applies)) + ".");
  }
  return text;
}

std::string config_reference_page() {
  const std::vector<KeyReference> keys = all_keys();
  std::string page =
      "<!-- Generated. Do not edit: causewayd --help-config=markdown > conf/REFERENCE.md -->\n\n"
      "# All keys of a configuration\n\n"
      "`causewayd --help-config` prints this reference. A change takes effect with `causeway reload` or\n"
      "after a restart. Durations carry a unit: `10ms`, `5s`, `1h`. Relative paths count from the folder of\n"
      "the configuration file.\n\n" +
      table_of("", keys);
  for (const KeyReference& key : keys)
    if (key.is_section())
      page += "\n## " + key.key + "\n\n" + std::string(key.meaning) + "\n\n" + table_of(key.key, keys);
  return page;
}

}  // namespace relay
