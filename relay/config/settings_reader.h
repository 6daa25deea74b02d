// Reads a section of a configuration by its table (setting.h), and reports every error.
#pragma once

#include <optional>
#include <utility>

#include "relay/config/config_reader.h"
#include "relay/config/setting.h"
#include "relay/config/value_kinds.h"

namespace relay {

// A section whose values depend on each other has an overload check(MapReader&, Section&, const Context&).
// The overload reports values that do not fit together and fills in defaults that depend on other keys. It
// runs when the section has been read, after the sections within and before the sections below.
template <typename Section, typename Context>
concept HasCheck = requires(MapReader& map, Section& section, const Context& context) {
  check(map, section, context);
};

// `Context` has the members `folder` and `purpose` of an Origin. It lives longer than the reader.
template <typename Context>
class SettingsReader {
 public:
  explicit SettingsReader(const Context& context) : context_(context) {}

  template <typename Section>
  void read(MapReader& map, Section& section) const {
    for_each_setting<Section>([&](const auto& row) { read_row(map, row, section); });
    if constexpr (HasCheck<Section, Context>) check(map, section, context_);
  }

 private:
  template <typename Access, typename Kind, typename Section>
  void read_row(MapReader& map, const Setting<Access, Kind>& row, Section& section) const {
    if (!row.remedy.empty()) map.require(row.key, row.remedy);
    typename Access::Value value = row.access.get(section);
    const Origin origin{
        .folder = context_.folder, .purpose = context_.purpose, .line = map.line_of_key(row.key)};
    const auto parse_by = [&](const auto& kind) {
      return [&kind, &origin](std::string_view text) { return parse_value(kind, text, origin); };
    };
    if constexpr (kIsList<Kind>)
      map.list(row.key, value, parse_by(row.kind.item));
    else
      map.value(row.key, value, parse_by(row.kind));
    row.access.set(section, std::move(value));
  }

  template <typename Access, typename Section>
  void read_row(MapReader& map, const Subsection<Access>& row, Section& section) const {
    map.section(row.key, [&](MapReader& inner) { read(inner, present(row.access.edit(section))); });
  }

  template <typename Access, typename Section>
  void read_row(MapReader& map, const SubsectionList<Access>& row, Section& section) const {
    auto& items = row.access.edit(section);
    map.list_of_sections(row.key, [&](MapReader& inner) {
      typename Access::Value::value_type item;
      read(inner, item);
      items.push_back(std::move(item));
    });
  }

  template <typename Section>
  static Section& present(Section& section) {
    return section;
  }
  template <typename Section>
  static Section& present(std::optional<Section>& section) {
    return section.emplace();
  }

  const Context& context_;
};

}  // namespace relay
