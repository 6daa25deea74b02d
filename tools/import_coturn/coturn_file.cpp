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

// coturn removes a double quote at the beginning, and then one at the end. It keeps single quotes.
std::string_view unquoted(std::string_view text) {
  if (!text.starts_with('"')) return text;
  text = trimmed(text.substr(1));
  return text.ends_with('"') ? text.substr(0, text.size() - 1) : text;
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

bool CoturnSetting::has_comment() const {
  const auto mark = value.find('#');
  return mark != std::string::npos && mark > 0 && (value[mark - 1] == ' ' || value[mark - 1] == '\t');
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
    const auto begin = line.find_first_not_of("= \t", split);
    if (begin != std::string_view::npos) setting.value = unquoted(line.substr(begin));
    setting.has_value = true;
  }
  return file;
}

}  // namespace cli
