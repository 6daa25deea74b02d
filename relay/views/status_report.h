// What `causeway status` and `causeway counters` show of this node, besides who it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "overlay/base/ids.h"
#include "overlay/base/time.h"

namespace relay {

struct StatusReport {
  std::string version;
  bool has_overlay = true;
  overlay::Duration up{};
  std::size_t allocations = 0;
  std::optional<overlay::Duration> drain_left;  // while the node is drained; negative after the deadline
  std::size_t flows = 0;
  double packets_per_second = 0;  // over the last reports of all data planes
  overlay::Generation generation;
  std::size_t records = 0;                  // in the link-state database
  std::uint64_t fingerprint = 0;            // of it: equal on nodes that agree
  overlay::UnixSeconds certificate_left{};  // nodes with an overlay only
};

struct CounterGroup {
  std::string name;
  std::vector<std::pair<std::string, std::uint64_t>> counters;
};

}  // namespace relay
