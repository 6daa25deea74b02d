// Builds the forwarding table of the data planes from the decisions of routing.
#pragma once

#include <memory>

#include "overlay/forwarding/forwarding_table.h"
#include "routing/link_state_db.h"
#include "routing/path_table.h"

namespace relay {

[[nodiscard]] std::shared_ptr<const overlay::ForwardingTable> make_forwarding_table(
    const routing::PathTable& paths, const routing::LinkStateDb& db);

}  // namespace relay
