// Collects what allocations used: a record for each allocation that ends, and periodic records of living
// allocations. Belongs to a data plane and its thread. Holds at most 1,000,000 records.
#pragma once

#include <optional>
#include <vector>

#include "overlay/base/time.h"
#include "relay/messages/usage_record.h"
#include "relay/turn/turn_server.h"

namespace relay {

class UsageCollector {
 public:
  // nullopt: the node writes no usage log, and nothing is collected.
  explicit UsageCollector(std::optional<overlay::Duration> interval) : interval_(interval) {}
  void set_interval(std::optional<overlay::Duration> interval);

  void add_ended(const Allocation& allocation, AllocationEnd end, overlay::Instant now);
  // The records since the last call, so that many allocations that end at once are one message. Adds living
  // allocations once per interval. `turn` may be nullptr.
  [[nodiscard]] std::vector<UsageRecord> take(const TurnServer* turn, overlay::Instant now);
  // All allocations as ended by the stop of the node.
  [[nodiscard]] std::vector<UsageRecord> take_last(const TurnServer* turn, overlay::Instant now);

 private:
  void add(const Allocation& allocation, std::optional<AllocationEnd> end, overlay::Instant now);

  std::optional<overlay::Duration> interval_;
  overlay::Instant next_ = overlay::kNever;
  std::vector<UsageRecord> records_;
};

}  // namespace relay
