// The keys in which two configurations differ, and which of them a running node can apply.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "relay/config/config.h"

namespace relay {

// The keys with other effective values, in the order of print_config(): "turn.relay_ports". A list is one
// value. Names only, because values may be secrets.
[[nodiscard]] std::vector<std::string> changed_keys(const NodeConfig& before, const NodeConfig& after);

// Whether Node::reload() applies this key. All other keys need a restart. False for a section or an unknown
// key.
[[nodiscard]] bool is_live_key(std::string_view key);

}  // namespace relay
