// Which addresses clients and peers are shown, when a NAT stands between the node and the Internet. Pure.
#pragma once

#include <optional>
#include <vector>

#include "overlay/base/endpoint.h"
#include "relay/config/config.h"
#include "relay/config/config_values.h"

namespace relay {

// Private, shared, loopback or link-local: nobody outside of its network can send there. Addresses for
// documentation are not counted, so that examples can be checked.
[[nodiscard]] bool is_private(const overlay::IpAddress& address);

// What is wrong with the addresses that clients would be shown; nothing when they are good, or not known yet.
[[nodiscard]] std::optional<Complaint> check_public_addresses(const TurnSection& turn);

// The relay addresses as clients and peers see them, in the order of the configuration. `turn` has passed the
// check.
[[nodiscard]] std::vector<overlay::IpAddress> shown_addresses(const TurnSection& turn);

}  // namespace relay
