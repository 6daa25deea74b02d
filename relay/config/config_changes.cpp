#include "relay/config/config_changes.h"

#include <algorithm>
#include <map>
#include <string_view>

#include <yaml-cpp/yaml.h>

#include "relay/config/config_load.h"

namespace relay {
namespace {

// A key of a section stands for all keys within.
constexpr std::string_view kLiveKeys[] = {"turn.listen",
                                          "turn.listeners",
                                          "turn.relay_addresses",
                                          "turn.relay_ports",
                                          "turn.shared_relay_ports",
                                          "turn.default_address_family",
                                          "turn.realm",
                                          "turn.rest_secrets",
                                          "turn.users",
                                          "turn.nonce_keys",
                                          "turn.peers",
                                          "turn.lifetime",
                                          "turn.protocol",
                                          "turn.limits",
                                          "turn.alternatives",
                                          "turn.tls_alternatives",
                                          "turn.max_allocations",
                                          "turn.max_allocations_per_user",
                                          "turn.tcp_relay",
                                          "usage_log",
                                          "log.level"};

struct Entry {
  std::string key;
  std::string value;
};

void flatten(const std::string& prefix, const YAML::Node& node, std::vector<Entry>& out) {
  if (!node.IsMap()) {
    out.push_back({.key = prefix, .value = YAML::Dump(node)});
    return;
  }
  for (const auto& entry : node) {
    const auto key = entry.first.as<std::string>();
    flatten(prefix.empty() ? key : prefix + "." + key, entry.second, out);
  }
}

std::vector<Entry> entries_of(const NodeConfig& config) {
  std::vector<Entry> entries;
  flatten("", YAML::Load(print_config(config, SecretPrinting::kShow)), entries);
  return entries;
}

}  // namespace

std::vector<std::string> changed_keys(const NodeConfig& before, const NodeConfig& after) {
  std::map<std::string, std::string> left;
  for (Entry& entry : entries_of(before))
    left.emplace(std::move(entry.key), std::move(entry.value));
  std::vector<std::string> changed;
  for (const Entry& entry : entries_of(after)) {
    const auto found = left.find(entry.key);
    if (found == left.end() || found->second != entry.value) changed.push_back(entry.key);
    if (found != left.end()) left.erase(found);
  }
  for (const auto& [key, value] : left)
    changed.push_back(key);
  return changed;
}

bool is_live_key(const std::string& key) {
  return std::ranges::any_of(kLiveKeys, [&](std::string_view live) {
    return key == live || (key.starts_with(live) && key[live.size()] == '.');
  });
}

}  // namespace relay
