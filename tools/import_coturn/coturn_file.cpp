#include "tools/import_coturn/coturn_file.h"

#include <algorithm>

namespace cli {
namespace {

constexpr std::string_view kBlanks = " \t\r\f\v";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string_view unquoted(std::string_view text) {
  const bool is_quoted =
      text.size() >= 2 && text.front() == text.back() && (text.front() == '"' || text.front() == '\'');
  return is_quoted ? text.substr(1, text.size() - 2) : text;
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  }) && text.front() != '-';
}

}  // namespace

// coturn reads the first letters only, so a comment may follow.
bool CoturnSetting::is_on() const {
  if (!has_value || value.empty()) return true;
  constexpr std::string_view kOff = "0fFnN";
  const bool is_word_off =
      value.size() > 1 && (value[0] == 'o' || value[0] == 'O') && (value[1] == 'f' || value[1] == 'F');
  return kOff.find(value.front()) == std::string_view::npos && !is_word_off;
}

CoturnFile parse_coturn_file(std::string_view text) {
  CoturnFile file;
  for (int number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (line.empty() || line.front() == '#') continue;
    const auto split = line.find_first_of("= \t");
    const std::string_view name = line.substr(0, split);
    if (!is_name(name)) {
      file.malformed.push_back(number);
      continue;
    }
    CoturnSetting& setting = file.settings.emplace_back();
    setting.line = number;
    setting.name = name;
    if (split == std::string_view::npos) continue;
    std::string_view value = trimmed(line.substr(split));
    if (value.front() == '=') value = trimmed(value.substr(1));
    setting.value = unquoted(value);
    setting.has_value = true;
  }
  return file;
}

}  // namespace cli
