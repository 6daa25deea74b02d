// The visitors of a table of settings, tried on a table of this test. The rows alone decide what the visitors
// do.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/config/settings_changes.h"
#include "relay/config/settings_printer.h"
#include "relay/config/settings_reader.h"
#include "relay/config/settings_reference.h"

namespace relay {

struct Shelf {
  std::string name;
  std::uint32_t books = 10;
  bool operator==(const Shelf&) const = default;
};

struct Library {
  std::uint32_t readers = 5;
  overlay::Duration loan = std::chrono::hours(24);
  Secret code;
  std::vector<std::string> rooms;
  std::vector<Shelf> shelves;
  std::optional<Shelf> show_case;
  bool operator==(const Library&) const = default;
};

template <>
inline constexpr auto kSettings<Shelf> = std::tuple{
    setting("name", &Shelf::name, NodeNameValue{}, Applies::kLive, "The label.").required("write a label"),
    setting("books", &Shelf::books, CountValue{1, 50}, Applies::kLive, "Its size."),
};

template <>
inline constexpr auto kSettings<Library> = std::tuple{
    setting("readers", &Library::readers, CountValue{1, 9}, Applies::kLive, "Seats."),
    setting("loan", &Library::loan,
            word_or<overlay::Duration>("off", DurationValue{std::chrono::hours(1), std::chrono::hours(48)}),
            Applies::kRestart, "Time until a book is due. `off`: books stay."),
    setting("code", &Library::code, PasswordValue{}, Applies::kRestart, "Opens the door."),
    setting("rooms", &Library::rooms, ListOf{NodeNameValue{}}, Applies::kRestart, "Names of rooms."),
    subsection_list("shelves", &Library::shelves, Applies::kLive, "The shelves."),
    subsection("show_case", &Library::show_case, "Rare books."),
};

struct LibraryReading {
  std::filesystem::path folder;
  Purpose purpose = Purpose::kShow;
};

// Ties two values of a section.
void check(MapReader& map, Library& library, const LibraryReading& /*reading*/) {
  if (library.readers < library.rooms.size()) map.complain("rooms", {"are more than readers", "close one"});
}

namespace settings_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Loaded {
  Library library;
  std::vector<std::string> errors;
};

Loaded load(const std::string& yaml) {
  Loaded loaded;
  ConfigErrorList errors("library.yaml");
  const YAML::Node document = YAML::Load(yaml);
  MapReader map(document, "", errors);
  const LibraryReading reading;
  SettingsReader(reading).read(map, loaded.library);
  map.reject_unknown_keys();
  for (const ConfigError& error : errors.take())
    loaded.errors.push_back(error.to_string());
  return loaded;
}

constexpr const char* kFull =
    "readers: 7\nloan: off\ncode: \"1234\"\nrooms: [west, east]\n"
    "shelves:\n  - {name: a, books: 3}\n  - {name: b}\nshow_case: {name: c}\n";

TEST(Settings, are_read_by_their_table) {
  const auto [library, errors] = load(kFull);

  EXPECT_THAT(errors, IsEmpty());
  EXPECT_EQ(library, (Library{.readers = 7,
                              .loan = {},
                              .code = Secret("1234"),
                              .rooms = {"west", "east"},
                              .shelves = {{"a", 3}, {"b", 10}},
                              .show_case = Shelf{"c", 10}}));
}

TEST(Settings, complain_by_their_table) {
  EXPECT_THAT(load("readers: 10\nloam: off\nloan: 3d\nshelves: [{books: 1}]\nshow_case: here\n").errors,
              ElementsAre("library.yaml:1: readers: \"10\" is out of range; write a whole number from 1 to 9",
                          "library.yaml:2: loam: is not a known key; did you mean \"loan\"?",
                          "library.yaml:3: loan: \"3d\" is out of range; choose 1h to 2d, or off",
                          "library.yaml:4: shelves[0].name: is missing; write a label",
                          "library.yaml:5: show_case: is not a section; indent its keys below it, each as "
                          "key: value"));
}

TEST(Settings, are_checked_together_once_they_are_read) {
  EXPECT_THAT(load("readers: 1\nrooms: [west, east]\n").errors,
              ElementsAre("library.yaml:2: rooms: are more than readers; close one"));
}

TEST(Settings, read_the_same_after_they_were_printed) {
  for (const char* const yaml : {kFull, "{}"}) {
    const Library library = load(yaml).library;

    const auto [again, errors] = load(SettingsPrinter(SecretPrinting::kShow).print(library));

    EXPECT_THAT(errors, IsEmpty());
    EXPECT_EQ(again, library);
  }
}

TEST(Settings, hide_secrets_by_type) {
  const std::string printed = SettingsPrinter(SecretPrinting::kHide).print(load(kFull).library);

  EXPECT_THAT(printed, HasSubstr("code: \"(hidden)\""));
  EXPECT_THAT(printed, Not(HasSubstr("1234")));
}

TEST(Settings, differ_by_key) {
  const Library before = load(kFull).library;
  Library after = before;
  after.readers = 6;
  after.shelves[0].books = 4;
  after.show_case.reset();

  SettingsChanges changes;
  changes.compare(before, after);

  EXPECT_THAT(changes.keys(), ElementsAre("readers", "shelves", "show_case.name", "show_case.books"));
}

TEST(Settings, say_when_they_take_effect) {
  EXPECT_EQ(find_applies<Library>("readers"), Applies::kLive);
  EXPECT_EQ(find_applies<Library>("loan"), Applies::kRestart);
  EXPECT_EQ(find_applies<Library>("show_case.books"), Applies::kLive);
  for (const char* const unknown : {"show_case", "show_case.size", "readers.more", "reader", ""})
    EXPECT_EQ(find_applies<Library>(unknown), std::nullopt) << unknown;
}

TEST(Settings, are_listed_with_values_and_defaults) {
  SettingsReference reference;
  reference.add<Library>();

  std::vector<std::string> lines;
  for (const KeyReference& key : reference.keys())
    lines.push_back(key.key + "|" + key.values + "|" + key.default_text);
  EXPECT_THAT(lines, ElementsAre("readers|whole number, 1 to 9|5", "loan|duration, 1h to 2d, or off|1d",
                                 "code|1 to 1024 bytes of UTF-8|none",
                                 "rooms|list: 1 to 40 of a-z, 0-9, '-' and '.'|empty", "shelves[]||",
                                 "shelves[].name|1 to 40 of a-z, 0-9, '-' and '.'|required",
                                 "shelves[].books|whole number, 1 to 50|10", "show_case||",
                                 "show_case.name|1 to 40 of a-z, 0-9, '-' and '.'|required",
                                 "show_case.books|whole number, 1 to 50|10"));
}

}  // namespace settings_test
}  // namespace relay
