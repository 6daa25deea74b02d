// "10.0.0.1-10.0.0.9" as the fewest blocks that hold exactly these addresses.
#pragma once

#include <string_view>
#include <vector>

#include "overlay/base/ip_prefix.h"
#include "overlay/base/result.h"

namespace cli {

// A range, a single address, or a block. Fails when it is none, or runs backwards.
[[nodiscard]] overlay::Result<std::vector<overlay::IpPrefix>> blocks_of(std::string_view range);

}  // namespace cli
