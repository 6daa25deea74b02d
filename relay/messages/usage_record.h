// The use of one allocation, for the usage log: one JSON object on a line, at its end and periodically
// before. Counts cover the whole life of the allocation: payload bytes without TURN and lower headers.
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
  std::optional<AllocationEnd> end;  // nullopt: the allocation lives
};

// Ends with a line break. `wall`: the civil time of the record.
[[nodiscard]] std::string usage_line(const UsageRecord& record, overlay::UnixSeconds wall);

}  // namespace relay
