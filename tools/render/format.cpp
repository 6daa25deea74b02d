#include "tools/render/format.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace cli {
namespace {

using nlohmann::json;

const json kNull;

[[nodiscard]] const json& at(const json& object, std::string_view key) {
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

[[nodiscard]] std::string fixed(double value, int decimals) {
  char digits[64];
  std::snprintf(digits, sizeof digits, "%.*f", decimals, value);
  return digits;
}

[[nodiscard]] std::string two_units(long long large, const char* large_unit, long long small,
                                    const char* small_unit) {
  return std::to_string(large) + large_unit + " " + std::to_string(small) + small_unit;
}

// In UTF-8.
[[nodiscard]] bool starts_character(char c) {
  return (c & 0xC0) != 0x80;
}

// Counted from 0.
[[nodiscard]] std::size_t offset_of_character(std::string_view text, std::size_t number) {
  std::size_t offset = 0;
  for (std::size_t begun = 0; offset < text.size(); ++offset)
    if (starts_character(text[offset]) && begun++ == number) break;
  return offset;
}

// Names come from other machines: nothing in them may steer the terminal.
[[nodiscard]] std::string printable(std::string_view words) {
  std::string shown;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const char c = words[i];
    // U+0080 to U+009F are controls too: U+009B is what ESC [ is.
    const bool is_wide_control = c == '\xc2' && i + 1 < words.size() && words[i + 1] < '\xa0';
    const bool is_control = (c >= 0 && c < ' ') || c == '\x7f';
    shown += is_control || is_wide_control ? '?' : c;
    if (is_wide_control) ++i;
  }
  return shown;
}

}  // namespace

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

std::string text(const json& object, std::string_view key) {
  const json& value = at(object, key);
  if (value.is_null()) return "";
  if (value.is_string()) return printable(value.get<std::string>());
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return value.dump();
}

std::string start_of_text(const json& object, std::string_view key, std::size_t columns) {
  std::string whole = text(object, key);
  if (width(whole) <= columns) return whole;
  return whole.substr(0, offset_of_character(whole, columns - 1)) + "…";
}

std::string number(const json& object, std::string_view key, int decimals) {
  const json& value = at(object, key);
  return value.is_number() ? fixed(value.get<double>(), decimals) : "";
}

std::string percent(const json& object, std::string_view key) {
  const json& value = at(object, key);
  return value.is_number() ? fixed(value.get<double>() * 100, 2) : "";
}

std::string age(const json& object, std::string_view key) {
  const json& value = at(object, key);
  if (!value.is_number()) return "";
  const double seconds = value.get<double>();
  if (!(seconds >= 0 && seconds < 1e12)) return "";
  if (seconds < 10) return fixed(seconds, 1) + "s";
  const auto whole = std::llround(seconds);
  if (whole < 60) return std::to_string(whole) + "s";
  if (whole < 3600) return two_units(whole / 60, "m", whole % 60, "s");
  if (whole < 86400) return two_units(whole / 3600, "h", whole % 3600 / 60, "m");
  return two_units(whole / 86400, "d", whole % 86400 / 3600, "h");
}

std::string joined(const json& object, std::string_view key, std::string_view separator) {
  std::string words;
  for (const auto& word : array(object, key)) {
    if (!words.empty()) words += separator;
    words += word.is_string() ? printable(word.get<std::string>()) : word.dump();
  }
  return words;
}

const json& array(const json& object, std::string_view key) {
  static const json kNothing = json::array();
  const json& value = at(object, key);
  return value.is_array() ? value : kNothing;
}

}  // namespace cli
