// Prints a section of a configuration by its table (setting.h) as YAML. The text reads as the same values.
#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "relay/config/setting.h"
#include "relay/config/value_kinds.h"

namespace relay {

class SettingsPrinter {
 public:
  explicit SettingsPrinter(SecretPrinting secrets) : secrets_(secrets) {}

  // The whole document.
  template <typename Root>
  [[nodiscard]] std::string print(const Root& root) {
    print_section(root);
    return std::string(out_.c_str(), out_.size()) + "\n";
  }

 private:
  template <typename Section>
  void print_section(const Section& section) {
    out_ << YAML::BeginMap;
    for_each_setting<Section>([&](const auto& row) { print_row(row, section); });
    out_ << YAML::EndMap;
  }

  template <typename Access, typename Kind, typename Section>
  void print_row(const Setting<Access, Kind>& row, const Section& section) {
    const typename Access::Value& value = row.access.get(section);
    if (is_absent(row.kind, value)) return;
    begin(row.key);
    if constexpr (kIsList<Kind>) {
      out_ << YAML::Flow << YAML::BeginSeq;
      for (const auto& item : value)
        out_ << YAML::DoubleQuoted << text_of(row.kind.item, item);
      out_ << YAML::EndSeq;
    } else {
      if constexpr (std::is_same_v<typename Access::Value, Secret>) out_ << YAML::DoubleQuoted;
      out_ << text_of(row.kind, value);
    }
  }

  template <typename Access, typename Section>
  void print_row(const Subsection<Access>& row, const Section& section) {
    print_subsection(row.key, row.access.get(section));
  }

  template <typename Access, typename Section>
  void print_row(const SubsectionList<Access>& row, const Section& section) {
    const auto& items = row.access.get(section);
    begin(row.key);
    out_ << (items.empty() ? YAML::Flow : YAML::Block) << YAML::BeginSeq;
    for (const auto& item : items)
      print_section(item);
    out_ << YAML::EndSeq;
  }

  template <typename Section>
  void print_subsection(std::string_view key, const std::optional<Section>& section) {
    if (section) print_subsection(key, *section);
  }
  template <typename Section>
  void print_subsection(std::string_view key, const Section& section) {
    if (!is_written(section)) return;
    begin(key);
    print_section(section);
  }

  // A section without a key that it requires, or without any key, would not read again.
  template <typename Section>
  [[nodiscard]] static bool is_written(const Section& section) {
    bool has_required = true;
    bool has_any = false;
    for_each_setting<Section>([&](const auto& row) {
      if constexpr (requires { row.kind; }) {
        const bool is_there = !is_absent(row.kind, row.access.get(section));
        has_required &= is_there || row.remedy.empty();
        has_any |= is_there;
      } else {
        has_any = true;
      }
    });
    return has_required && has_any;
  }

  template <typename Kind, typename Value>
  [[nodiscard]] std::string text_of(const Kind& kind, const Value& value) const {
    constexpr bool kIsSecret = std::is_same_v<Value, Secret>;
    return kIsSecret && secrets_ == SecretPrinting::kHide ? std::string(kHiddenSecret) : kind.print(value);
  }

  void begin(std::string_view key) { out_ << YAML::Key << std::string(key) << YAML::Value; }

  SecretPrinting secrets_;
  YAML::Emitter out_;
};

}  // namespace relay
