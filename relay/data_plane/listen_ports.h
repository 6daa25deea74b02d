// The ports that a data plane listens on for one purpose. A port of the unspecified address stands for that
// port of every address of the machine.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_set>

#include "overlay/base/endpoint.h"

namespace relay {

// The same for a listener or two, without a table.
[[nodiscard]] inline bool is_listener_of(const overlay::Endpoint& listener, const overlay::Endpoint& local) {
  return listener == local || (listener.address.is_unspecified() && listener.port == local.port);
}

class ListenPorts {
 public:
  explicit ListenPorts(std::span<const overlay::Endpoint> listen) {
    for (const overlay::Endpoint& endpoint : listen) {
      if (endpoint.address.is_unspecified())
        ports_of_all_addresses_.insert(endpoint.port);
      else
        endpoints_.insert(endpoint);
    }
  }

  // Is this where a datagram for that purpose arrives?
  [[nodiscard]] bool contains(const overlay::Endpoint& local) const {
    return endpoints_.contains(local) ||
           (!ports_of_all_addresses_.empty() && ports_of_all_addresses_.contains(local.port));
  }

 private:
  std::unordered_set<overlay::Endpoint> endpoints_;
  std::unordered_set<std::uint16_t> ports_of_all_addresses_;
};

}  // namespace relay
