// The relay addresses that clients and peers see when a NAT stands between the node and the Internet. Pure.
#pragma once

#include <optional>
#include <vector>

#include "overlay/base/endpoint.h"
#include "relay/config/config.h"
#include "relay/config/config_values.h"

namespace relay {

[[nodiscard]] bool has_family(const std::vector<overlay::IpAddress>& addresses,
                              overlay::AddressFamily family);

// Private, shared, loopback or link-local: hosts outside of its network cannot send there. Addresses for
// documentation are not private here, so that the examples pass the check.
[[nodiscard]] bool is_private(const overlay::IpAddress& address);

// The fault of the addresses that clients would see; nullopt if they are good or not known yet.
[[nodiscard]] std::optional<Complaint> check_public_addresses(const TurnSection& turn);

// The relay addresses as clients and peers see them, in the order of the configuration. Needs a `turn` that
// passed check_public_addresses().
[[nodiscard]] std::vector<overlay::IpAddress> shown_addresses(const TurnSection& turn);

}  // namespace relay
