// Converts an address range such as "10.0.0.1-10.0.0.9" into the fewest blocks that hold exactly its
// addresses.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "overlay/base/ip_prefix.h"
#include "overlay/base/result.h"

namespace cli {

// `range`: a range, a single address, or a block. Fails for other text, and for a range that runs backwards.
[[nodiscard]] overlay::Result<std::vector<overlay::IpPrefix>> blocks_of(std::string_view range);

// "10.0.0.0-10.255.255.255" for 10.0.0.0/8.
[[nodiscard]] std::string range_of(const overlay::IpPrefix& block);

}  // namespace cli
