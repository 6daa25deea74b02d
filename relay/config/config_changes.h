// What differs between two configurations, by key, and which of it a running node can take on.
#pragma once

#include <string>
#include <vector>

#include "relay/config/config.h"

namespace relay {

// The keys with other effective values, in the order of print_config(): "turn.relay_ports". A list is one
// value. Names only, because values may be secrets.
[[nodiscard]] std::vector<std::string> changed_keys(const NodeConfig& before, const NodeConfig& after);

// Whether Node::reload() applies this key; every other takes a restart.
[[nodiscard]] bool is_live_key(const std::string& key);

}  // namespace relay
