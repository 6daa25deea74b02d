// Builds the forwarding table of the data planes from the decisions of routing.
#pragma once

#include <memory>
#include <span>

#include "overlay/forwarding/forwarding_table.h"
#include "routing/path_table.h"
#include "routing/relayed_address_claims.h"

namespace relay {

[[nodiscard]] std::shared_ptr<const overlay::ForwardingTable> make_forwarding_table(
    const routing::PathTable& paths, std::span<const routing::RelayedAddressOwner> owners);

}  // namespace relay
