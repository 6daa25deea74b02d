// Random valid configurations, made from the tables of settings: a new key takes part without a change here.
#pragma once

#include <cstdint>
#include <string>

#include "relay/config/config.h"

namespace relay {

enum class NodeShape : std::uint8_t { kLoneEdge, kEdge, kHub, kBoth };

// A configuration that load_config() accepts. The same seed gives the same configuration.
struct RandomConfig {
  std::string yaml;
  NodeConfig config;
};
[[nodiscard]] RandomConfig random_config(std::uint64_t seed);

}  // namespace relay
