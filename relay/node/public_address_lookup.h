// The shell of PublicAddressSearch: sockets and time. Runs once at start.
#pragma once

#include "overlay/base/result.h"
#include "relay/config/config.h"

namespace relay {

// Detects `public_addresses` if the configuration asks for it; takes a few seconds at most. Fails when no
// address is found, or when clients would see a private address.
[[nodiscard]] overlay::Status detect_public_addresses(TurnSection& turn);

}  // namespace relay
