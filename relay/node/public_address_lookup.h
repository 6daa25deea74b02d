// The shell of PublicAddressSearch: sockets and time, once at start.
#pragma once

#include "overlay/base/result.h"
#include "relay/config/config.h"

namespace relay {

// Fills in `public_addresses` when the configuration says that they are to be detected, which takes up to a
// few seconds. Fails when they cannot be, or when what clients would see is private.
[[nodiscard]] overlay::Status detect_public_addresses(TurnSection& turn);

}  // namespace relay
