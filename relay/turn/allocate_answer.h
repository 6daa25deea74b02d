// The attributes of an Allocate success that describe the allocation (RFC 8656 section 7.3).
#pragma once

#include "overlay/base/time.h"
#include "relay/stun/stun_writer.h"
#include "relay/turn/allocation.h"

namespace relay {

// Adds relayed addresses, ADDRESS-ERROR-CODE, LIFETIME, RESERVATION-TOKEN and MOBILITY-TICKET.
void add_allocation(StunWriter& writer, const Allocation& allocation, overlay::Instant now);

}  // namespace relay
