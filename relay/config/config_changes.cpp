#include "relay/config/config_changes.h"

#include "relay/config/node_settings.h"
#include "relay/config/settings_changes.h"

namespace relay {

std::vector<std::string> changed_keys(const NodeConfig& before, const NodeConfig& after) {
  SettingsChanges changes;
  changes.compare(before, after);
  return changes.keys();
}

bool is_live_key(std::string_view key) {
  return find_applies<NodeConfig>(key) == Applies::kLive;
}

}  // namespace relay
