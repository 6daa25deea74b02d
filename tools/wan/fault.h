// A fault: its effect, and the hosts between which it acts. Faults add up. The behavior of a link is its
// shape in the topology plus the effects of all its faults.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "overlay/base/result.h"
#include "tools/wan/host.h"
#include "tools/wan/link_shape.h"

namespace wan {

// By HostIndex.
using HostSet = std::vector<bool>;

struct Fault {
  std::string a;  // the selector of the command; "partition" for partitions
  std::string b;  // "*" when the command has one selector
  HostSet from;
  HostSet to;
  bool one_way = false;
  Impairment effect;

  [[nodiscard]] bool touches(HostIndex source, HostIndex destination) const {
    const auto s = source.value();
    const auto d = destination.value();
    return (from[s] && to[d]) || (!one_way && from[d] && to[s]);
  }
  [[nodiscard]] bool is_named(std::string_view first, std::string_view second) const {
    return (a == first && b == second) || (a == second && b == first);
  }
};

// `selector`: a host's name, one of the labels ("region:fra"), or "*".
[[nodiscard]] overlay::Result<HostSet> select_hosts(const std::vector<Host>& hosts,
                                                    std::string_view selector);

}  // namespace wan
