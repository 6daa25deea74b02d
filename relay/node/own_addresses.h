// The addresses of this host, at which clients find no peers unless the operator says so.
#pragma once

#include <vector>

#include "overlay/base/endpoint.h"
#include "relay/node/config.h"

namespace relay {

// Those of its network interfaces as of now, and those by which other nodes know it. Some may be in it twice.
[[nodiscard]] std::vector<overlay::IpAddress> own_addresses(const NodeConfig& config);

}  // namespace relay
