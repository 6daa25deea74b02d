// Lists every key of a configuration by its tables (setting.h), for people.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "relay/config/setting.h"
#include "relay/config/settings_changes.h"
#include "relay/config/value_kinds.h"

namespace relay {

struct KeyReference {
  std::string key;           // "turn.limits.channels", "overlay.seeds[].name"
  std::string values;        // empty for a section
  std::string default_text;  // as it would be written; "required", "empty" or "none"
  Applies applies = Applies::kRestart;
  std::string_view meaning;

  [[nodiscard]] bool is_section() const { return values.empty(); }
};

// In the order of the tables; a section comes before its keys.
class SettingsReference {
 public:
  template <typename Section>
  void add(const std::string& prefix = {}) {
    const Section defaults{};
    for_each_setting<Section>(
        [&](const auto& row) { add_row(row, defaults, prefix + std::string(row.key)); });
  }

  [[nodiscard]] const std::vector<KeyReference>& keys() const { return keys_; }

 private:
  template <typename Access, typename Kind, typename Section>
  void add_row(const Setting<Access, Kind>& row, const Section& defaults, const std::string& key) {
    keys_.push_back({.key = key,
                     .values = row.kind.values(),
                     .default_text = default_text(row, row.access.get(defaults)),
                     .applies = row.applies,
                     .meaning = row.meaning});
  }
  template <typename Access, typename Section>
  void add_row(const Subsection<Access>& row, const Section& /*defaults*/, const std::string& key) {
    keys_.push_back({.key = key, .values = {}, .default_text = {}, .meaning = row.meaning});
    add<typename SectionOf<typename Access::Value>::Type>(key + ".");
  }
  template <typename Access, typename Section>
  void add_row(const SubsectionList<Access>& row, const Section& /*defaults*/, const std::string& key) {
    keys_.push_back({.key = key + "[]",
                     .values = {},
                     .default_text = {},
                     .applies = row.applies,
                     .meaning = row.meaning});
    add<typename SectionOf<typename Access::Value>::Type>(key + "[].");
  }

  template <typename Access, typename Kind, typename Value>
  [[nodiscard]] static std::string default_text(const Setting<Access, Kind>& row, const Value& value) {
    if (!row.remedy.empty()) return "required";
    if (!row.default_text.empty()) return std::string(row.default_text);
    if constexpr (kIsList<Kind>)
      return value.empty() ? "empty" : row.kind.item.print(value.front());
    else
      return is_absent(row.kind, value) ? "none" : row.kind.print(value);
  }

  std::vector<KeyReference> keys_;
};

}  // namespace relay
