#include "relay/config/config_reader.h"

#include <numeric>
#include <set>

namespace relay {
namespace {

constexpr std::size_t kMaxErrors = 100;
constexpr std::size_t kMaxQuotedSize = 60;

// The number of characters to insert, remove or replace that turns one text into the other.
[[nodiscard]] std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

[[nodiscard]] std::string join(const std::vector<std::string>& words) {
  std::string joined;
  for (const auto& word : words)
    joined += (joined.empty() ? "" : ", ") + word;
  return joined;
}

[[nodiscard]] std::string suggestion(std::string_view key, const std::vector<std::string>& known_keys) {
  const std::string all = "known here are " + join(known_keys);
  if (key.size() > kMaxQuotedSize || known_keys.empty()) return all;
  const auto distance = [&](const std::string& known) { return edit_distance(key, known); };
  const auto closest = std::min_element(known_keys.begin(), known_keys.end(),
                                        [&](auto& a, auto& b) { return distance(a) < distance(b); });
  const std::size_t tolerated = std::max<std::size_t>(2, closest->size() / 3);
  return distance(*closest) <= tolerated ? "did you mean \"" + *closest + "\"?" : all;
}

}  // namespace

void ConfigErrorList::add(int line, std::string key, Complaint complaint) {
  if (errors_.size() >= kMaxErrors) return;
  errors_.push_back({file_, line, std::move(key), std::move(complaint.what), std::move(complaint.remedy)});
}

ConfigErrors ConfigErrorList::take() {
  std::stable_sort(errors_.begin(), errors_.end(),
                   [](const ConfigError& a, const ConfigError& b) { return a.line < b.line; });
  return std::move(errors_);
}

MapReader::MapReader(const YAML::Node& map, std::string path, ConfigErrorList& errors)
    : map_(map), path_(std::move(path)), errors_(errors) {
  report_duplicates();
}

std::string MapReader::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

int MapReader::line_of_key(std::string_view key) const {
  for (const auto& entry : map_)
    if (entry.first.IsScalar() && entry.first.Scalar() == key) return line_of(entry.first);
  return line();
}

YAML::Node MapReader::find(std::string_view key) {
  if (std::find(known_keys_.begin(), known_keys_.end(), key) == known_keys_.end())
    known_keys_.emplace_back(key);
  for (const auto& entry : map_)
    if (entry.first.IsScalar() && entry.first.Scalar() == key) return entry.second;
  return YAML::Node(YAML::NodeType::Undefined);
}

bool MapReader::has(std::string_view key) {
  return find(key).IsDefined();
}

bool MapReader::has(std::string_view section, std::string_view key) {
  const YAML::Node node = find(section);
  return node.IsDefined() && node.IsMap() && node[std::string(key)].IsDefined();
}

bool MapReader::has_content(std::string_view key) {
  const YAML::Node node = find(key);
  return node.IsDefined() && !(node.IsSequence() && node.size() == 0);
}

void MapReader::require(std::string_view key, std::string_view remedy) {
  if (!has(key))
    errors_.add(line(), path_of(key), {"is missing", std::string(remedy)});
  else if (!has_content(key))
    complain(key, {"is empty", std::string(remedy)});
}

void MapReader::complain(std::string_view key, Complaint complaint) {
  errors_.add(line_of_key(key), path_of(key), std::move(complaint));
}

void MapReader::report_duplicates() {
  std::set<std::string> seen;
  for (const auto& entry : map_)
    if (entry.first.IsScalar() && !seen.insert(entry.first.Scalar()).second)
      errors_.add(line_of(entry.first), path_of(entry.first.Scalar()),
                  {"is given twice", "keep one of the two; the other would be ignored"});
}

void MapReader::reject_unknown_keys() {
  for (const auto& entry : map_) {
    if (!entry.first.IsScalar()) {
      errors_.add(line_of(entry.first), path_, {"has a key that is not a word", "write key: value"});
      continue;
    }
    const std::string& key = entry.first.Scalar();
    if (std::find(known_keys_.begin(), known_keys_.end(), key) != known_keys_.end()) continue;
    errors_.add(line_of(entry.first), path_of(key), {"is not a known key", suggestion(key, known_keys_)});
  }
}

std::vector<YAML::Node> MapReader::items(std::string_view key) {
  const YAML::Node node = find(key);
  if (!node.IsDefined()) return {};
  if (node.IsScalar()) return {node};
  if (!node.IsSequence()) {
    errors_.add(line_of(node), path_of(key),
                {"is not a list", "write [first, second] or one \"- item\" a line"});
    return {};
  }
  if (node.size() > kMaxListSize) {
    errors_.add(
        line_of(node), path_of(key),
        {"has " + std::to_string(node.size()) + " items", "keep at most " + std::to_string(kMaxListSize)});
    return {};
  }
  return {node.begin(), node.end()};
}

bool MapReader::is_scalar(const YAML::Node& node, const std::string& path, int line) {
  if (node.IsScalar()) return true;
  if (node.IsNull())
    errors_.add(line, path, {"has no value", "write one, or remove the key to get its default"});
  else
    errors_.add(line, path, {"is not a single value", "write key: value on one line"});
  return false;
}

bool MapReader::is_map(const YAML::Node& node, const std::string& path, int line) {
  if (node.IsMap()) return true;
  errors_.add(
      line, path,
      {node.IsNull() ? "is empty" : "is not a section", "indent its keys below it, each as key: value"});
  return false;
}

}  // namespace relay
