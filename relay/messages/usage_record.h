// What an allocation used, for the usage log: one JSON object on a line, at its end and from time to time
// before. Counts are of the whole life of the allocation; payload bytes, without TURN's and lower headers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "overlay/base/time.h"
#include "relay/messages/allocation_report.h"
#include "relay/turn/allocation.h"

namespace relay {

struct UsageRecord {
  AllocationReport allocation;
  std::optional<AllocationEnd> end;  // none: it still lives
};

// Ends with a line break. `wall`: the civil time of the record.
[[nodiscard]] std::string usage_line(const UsageRecord& record, overlay::UnixSeconds wall);

}  // namespace relay
