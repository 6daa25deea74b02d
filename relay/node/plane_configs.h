// From the configuration of a node to what its cores are told. Pure, but for the keys that the node makes up
// itself.
#pragma once

#include <cstdint>
#include <vector>

#include "overlay/base/random.h"
#include "relay/io/client_streams.h"
#include "relay/node/config.h"
#include "relay/node/control_plane.h"
#include "relay/node/data_plane.h"
#include "relay/node/node_credentials.h"

namespace relay {

// Data planes that the node runs: as configured, or one for each CPU.
[[nodiscard]] std::size_t count_cores(const NodeConfig& config);

// One for each core, in order.
[[nodiscard]] std::vector<DataPlaneConfig> data_plane_configs(const NodeConfig& config,
                                                              const NodeCredentials& credentials,
                                                              overlay::Random& random);
// Refers to `credentials`, which must live longer. `epoch` orders this start after all earlier ones of the
// node.
// Of each data plane.
[[nodiscard]] StreamPolicy stream_policy(const NodeConfig& config);

[[nodiscard]] ControlPlaneConfig control_plane_config(const NodeConfig& config,
                                                      const NodeCredentials& credentials,
                                                      std::uint64_t epoch);

}  // namespace relay
