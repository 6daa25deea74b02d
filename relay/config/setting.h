// The description of a configuration: one table for each section, one row for each key. Readers, printers,
// comparisons and the reference of all keys are visitors of these tables (settings_reader.h,
// settings_printer.h, settings_changes.h, settings_reference.h), so a new key is one row and its use.
//
// A table is a specialization of kSettings for the struct that holds the section's values:
//
//   template <>
//   inline constexpr auto kSettings<LogSection> = std::tuple{
//       setting("level", &LogSection::level, kLevels, Applies::kLive, "The least severe lines to write."),
//   };
#pragma once

#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace relay {

// When a changed value takes effect.
enum class Applies : std::uint8_t {
  kLive,     // with `causeway reload`
  kRestart,  // when the daemon starts again
};

// The place of a value in its section: a member.
template <typename Section, typename Member>
struct MemberAccess {
  using Value = Member;
  Member Section::*member;

  [[nodiscard]] constexpr const Member& get(const Section& section) const { return section.*member; }
  [[nodiscard]] constexpr Member& edit(Section& section) const { return section.*member; }
  void set(Section& section, Member value) const { section.*member = std::move(value); }
};

// The place of a value that a section keeps in another form.
template <typename Section, typename Converted>
struct ConvertedAccess {
  using Value = Converted;
  Converted (*get)(const Section& section);
  void (*set)(Section& section, Converted value);
};

// A key with a value. `Kind` reads, prints and describes the value (value_kinds.h).
template <typename Access, typename Kind>
struct Setting {
  std::string_view key;
  Access access;
  Kind kind;
  Applies applies;
  std::string_view meaning;      // in whole sentences, for the operator
  std::string_view remedy = {};  // tells what to write if the key is missing; empty: the key is optional
  std::string_view default_text = {};  // describes a default that depends on other keys; empty: the member's

  [[nodiscard]] constexpr Setting required(std::string_view what_to_write) const {
    Setting copy = *this;
    copy.remedy = what_to_write;
    return copy;
  }
  [[nodiscard]] constexpr Setting by_default(std::string_view text) const {
    Setting copy = *this;
    copy.default_text = text;
    return copy;
  }
};

// A section within a section: its member is a struct with a table, or an optional of one.
template <typename Access>
struct Subsection {
  std::string_view key;
  Access access;
  std::string_view meaning;
};

// A list of maps, each with the keys of one table. Its member is a vector of the struct with that table.
template <typename Access>
struct SubsectionList {
  std::string_view key;
  Access access;
  Applies applies;
  std::string_view meaning;
};

template <typename Section, typename Member, typename Kind>
[[nodiscard]] constexpr auto setting(std::string_view key, Member Section::*member, Kind kind,
                                     Applies applies, std::string_view meaning) {
  return Setting<MemberAccess<Section, Member>, Kind>{key, {member}, kind, applies, meaning};
}

template <typename Section, typename Value, typename Kind>
[[nodiscard]] constexpr auto setting(std::string_view key, ConvertedAccess<Section, Value> access, Kind kind,
                                     Applies applies, std::string_view meaning) {
  return Setting<ConvertedAccess<Section, Value>, Kind>{key, access, kind, applies, meaning};
}

template <typename Section, typename Member>
[[nodiscard]] constexpr auto subsection(std::string_view key, Member Section::*member,
                                        std::string_view meaning) {
  return Subsection<MemberAccess<Section, Member>>{key, {member}, meaning};
}

template <typename Section, typename Item>
[[nodiscard]] constexpr auto subsection_list(std::string_view key, std::vector<Item> Section::*member,
                                             Applies applies, std::string_view meaning) {
  return SubsectionList<MemberAccess<Section, std::vector<Item>>>{key, {member}, applies, meaning};
}

// The table of a section; specialized for each.
template <typename Section>
inline constexpr std::tuple<> kSettings{};

// Calls visit(row) for each row of the section's table, in order.
template <typename Section, typename Visit>
constexpr void for_each_setting(Visit visit) {
  static_assert(std::tuple_size_v<std::remove_cvref_t<decltype(kSettings<Section>)>> > 0,
                "include the header with this section's table");
  std::apply([&](const auto&... row) { (visit(row), ...); }, kSettings<Section>);
}

}  // namespace relay
