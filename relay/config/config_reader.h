// Reads the YAML of a configuration file by key and collects every error instead of stopping at the first.
// Lives while load_config() runs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "relay/config/config_error.h"
#include "relay/config/config_values.h"

namespace relay {

// Collects at most 100 errors, so that a hostile file cannot make the list grow.
class ConfigErrorList {
 public:
  explicit ConfigErrorList(std::string file) : file_(std::move(file)) {}
  void add(int line, std::string key, Complaint complaint);
  [[nodiscard]] bool empty() const { return errors_.empty(); }
  // In the order of lines.
  [[nodiscard]] ConfigErrors take();

 private:
  std::string file_;
  ConfigErrors errors_;
};

// One YAML map. A key is known once a function has been called with it; reject_unknown_keys() reports all
// others.
class MapReader {
 public:
  // `path` is "" for the whole file.
  MapReader(const YAML::Node& map, std::string path, ConfigErrorList& errors);

  [[nodiscard]] int line() const { return line_of(map_); }
  [[nodiscard]] int line_of_key(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key);
  // Whether the section is there and has the key.
  [[nodiscard]] bool has(std::string_view section, std::string_view key);
  // Whether the key is there and is not an empty list.
  [[nodiscard]] bool has_content(std::string_view key);
  // Reports `key` unless it has content. `remedy` tells what to write.
  void require(std::string_view key, std::string_view remedy);
  void complain(std::string_view key, Complaint complaint);
  void reject_unknown_keys();

  // Keeps `target` if the key is absent or its value is wrong. `parse`: Parsed<T>(std::string_view).
  template <typename T, typename Parse>
  void value(std::string_view key, T& target, Parse parse);
  // Reads a sequence, or one scalar in place of a sequence of one. Appends to `target`.
  template <typename T, typename Parse>
  void list(std::string_view key, std::vector<T>& target, Parse parse);
  // `read`: void(MapReader&). Unknown keys of the section are reported after it.
  template <typename Read>
  void section(std::string_view key, Read read);
  template <typename Read>
  void list_of_sections(std::string_view key, Read read);

 private:
  static constexpr std::size_t kMaxListSize = 1024;

  // For an empty value, YAML gives the line after it.
  [[nodiscard]] static int line_of(const YAML::Node& node) { return node.Mark().line + 1; }
  [[nodiscard]] std::string path_of(std::string_view key) const;
  // The node under `key`; undefined if absent. Marks the key as known.
  [[nodiscard]] YAML::Node find(std::string_view key);
  // The items under `key`. Reports a value that is not a list, and a list that is too long.
  [[nodiscard]] std::vector<YAML::Node> items(std::string_view key);
  [[nodiscard]] bool is_scalar(const YAML::Node& node, const std::string& path, int line);
  [[nodiscard]] bool is_map(const YAML::Node& node, const std::string& path, int line);
  void report_duplicates();

  YAML::Node map_;
  std::string path_;
  ConfigErrorList& errors_;
  std::vector<std::string> known_keys_;
};

template <typename T, typename Parse>
void MapReader::value(std::string_view key, T& target, Parse parse) {
  const YAML::Node node = find(key);
  if (!node.IsDefined() || !is_scalar(node, path_of(key), line_of_key(key))) return;
  if (auto parsed = parse(std::string_view(node.Scalar())))
    target = *std::move(parsed);
  else
    complain(key, parsed.error());
}

template <typename T, typename Parse>
void MapReader::list(std::string_view key, std::vector<T>& target, Parse parse) {
  const auto nodes = items(key);
  for (std::size_t index = 0; index < nodes.size(); ++index) {
    const std::string path = path_of(key) + "[" + std::to_string(index) + "]";
    if (!is_scalar(nodes[index], path, line_of(nodes[index]))) continue;
    auto parsed = parse(std::string_view(nodes[index].Scalar()));
    if (!parsed)
      errors_.add(line_of(nodes[index]), path, parsed.error());
    else if (std::find(target.begin(), target.end(), *parsed) != target.end())
      errors_.add(line_of(nodes[index]), path, {"is in this list already", "remove one of the two"});
    else
      target.push_back(*std::move(parsed));
  }
}

template <typename Read>
void MapReader::section(std::string_view key, Read read) {
  const YAML::Node node = find(key);
  if (!node.IsDefined() || !is_map(node, path_of(key), line_of_key(key))) return;
  MapReader reader(node, path_of(key), errors_);
  read(reader);
  reader.reject_unknown_keys();
}

template <typename Read>
void MapReader::list_of_sections(std::string_view key, Read read) {
  const auto nodes = items(key);
  for (std::size_t index = 0; index < nodes.size(); ++index) {
    const std::string path = path_of(key) + "[" + std::to_string(index) + "]";
    if (!is_map(nodes[index], path, line_of(nodes[index]))) continue;
    MapReader reader(nodes[index], path, errors_);
    read(reader);
    reader.reject_unknown_keys();
  }
}

}  // namespace relay
