// Reports on the allocations of one data plane, as the control plane reads them. Pure functions.
#pragma once

#include "overlay/base/time.h"
#include "relay/messages/plane_messages.h"
#include "relay/turn/turn_server.h"

namespace relay {

[[nodiscard]] AllocationReport report_on(const Allocation& allocation, overlay::Instant now);
// With the id by which an operator names the allocation.
[[nodiscard]] AllocationReport report_on(const Allocation& allocation, std::size_t core,
                                         overlay::Instant now);

// At most `asked.limit` allocations that match the filter. `turn` may be nullptr: the list is empty.
[[nodiscard]] AllocationsListed list_allocations(const TurnServer* turn, const ListAllocations& asked,
                                                 std::size_t core, overlay::Instant now);

// Adds the counters of the TURN server.
void describe(const TurnServer& turn, DataPlaneReport& report);

}  // namespace relay
