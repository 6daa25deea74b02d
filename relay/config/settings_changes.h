// Compares two configurations by their tables (setting.h), and looks up when a key takes effect.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/setting.h"
#include "relay/config/value_kinds.h"

namespace relay {

// Collects the keys whose values differ: "turn.relay_ports". A list is one value. Names only, because values
// may be secrets.
class SettingsChanges {
 public:
  template <typename Section>
  void compare(const Section& before, const Section& after, const std::string& path = {}) {
    for_each_setting<Section>([&](const auto& row) {
      compare_values(row, row.access.get(before), row.access.get(after),
                     path.empty() ? std::string(row.key) : path + "." + std::string(row.key));
    });
  }

  [[nodiscard]] const std::vector<std::string>& keys() const { return keys_; }

 private:
  template <typename Row, typename Value>
  void compare_values(const Row& /*row*/, const Value& before, const Value& after, const std::string& key) {
    if (!(before == after)) keys_.push_back(key);
  }

  template <typename Access, typename Section>
  void compare_values(const Subsection<Access>& /*row*/, const Section& before, const Section& after,
                      const std::string& key) {
    compare(before, after, key);
  }

  // A section that only one of the two has differs in every key that is written.
  template <typename Access, typename Section>
  void compare_values(const Subsection<Access>& /*row*/, const std::optional<Section>& before,
                      const std::optional<Section>& after, const std::string& key) {
    if (before && after) return compare(*before, *after, key);
    if (before || after) add_written(before ? *before : *after, key);
  }

  template <typename Section>
  void add_written(const Section& section, const std::string& path) {
    for_each_setting<Section>(
        [&](const auto& row) { add_row(row, section, path + "." + std::string(row.key)); });
  }
  template <typename Access, typename Kind, typename Section>
  void add_row(const Setting<Access, Kind>& row, const Section& section, const std::string& key) {
    if (!is_absent(row.kind, row.access.get(section))) keys_.push_back(key);
  }
  template <typename Access, typename Section>
  void add_row(const Subsection<Access>& row, const Section& section, const std::string& key) {
    add_written(row.access.get(section), key);
  }
  template <typename Access, typename Section>
  void add_row(const SubsectionList<Access>& /*row*/, const Section& /*section*/, const std::string& key) {
    keys_.push_back(key);
  }

  std::vector<std::string> keys_;
};

template <typename Section>
struct SectionOf {
  using Type = Section;
};
template <typename Section>
struct SectionOf<std::optional<Section>> {
  using Type = Section;
};
template <typename Section>
struct SectionOf<std::vector<Section>> {
  using Type = Section;
};

// When the key takes effect; nullopt for a key that the tables do not have.
template <typename Section>
[[nodiscard]] std::optional<Applies> find_applies(std::string_view key) {
  const auto dot = key.find('.');
  const std::string_view first = key.substr(0, dot);
  const bool is_last = dot == std::string_view::npos;
  std::optional<Applies> found;
  for_each_setting<Section>([&](const auto& row) {
    if (row.key != first) return;
    if constexpr (requires { row.applies; }) {
      if (is_last) found = row.applies;
    } else if (!is_last) {
      using Inner = typename SectionOf<typename decltype(row.access)::Value>::Type;
      found = find_applies<Inner>(key.substr(dot + 1));
    }
  });
  return found;
}

}  // namespace relay
