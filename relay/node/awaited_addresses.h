// Addresses of the configuration that the host does not have yet. The sockets of the node are bound to them
// already, so the node serves an address from the moment the host gets it; this class tells the operator.
// Owned by the node, on the control thread.
#pragma once

#include <functional>
#include <set>
#include <vector>

#include "overlay/base/endpoint.h"

namespace relay {

class AwaitedAddresses {
 public:
  // Whether the host has the address.
  using IsPresent = std::function<bool(const overlay::IpAddress&)>;
  explicit AwaitedAddresses(IsPresent is_present);

  // Logs addresses_awaited with the absent ones among `configured`, but each of them only once.
  void expect(const std::vector<overlay::IpAddress>& configured);
  // Logs address_available for each that the host has got since the last call. Call once a second.
  void check();

  [[nodiscard]] const std::set<overlay::IpAddress>& absent() const { return absent_; }

 private:
  IsPresent is_present_;
  std::set<overlay::IpAddress> absent_;
};

// Tries to bind a UDP socket to the address.
[[nodiscard]] bool is_address_of_host(const overlay::IpAddress& address);

}  // namespace relay
