// Where a data plane takes datagrams of TURN clients: the listeners of its configuration, and retired ones,
// which a reload removed and which stay open for clients that still have allocations there
// (retired_endpoints.h). Owned by a data plane; on its thread.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "overlay/base/endpoint.h"
#include "relay/data_plane/listen_ports.h"

namespace relay {

class TurnListeners {
 public:
  explicit TurnListeners(std::vector<overlay::Endpoint> current)
      : current_(std::move(current)), ports_(current_) {}

  // A new configuration: its listeners, those that are retired by it, and those that it has again.
  void change(std::vector<overlay::Endpoint> current, std::span<const overlay::Endpoint> retire,
              std::span<const overlay::Endpoint> take_back);
  // Nobody needs this retired one any more. False: it is none.
  bool forget(const overlay::Endpoint& listener) { return std::erase(retired_, listener) > 0; }

  // Is there any listener, retired or not, to which a datagram at this address belongs?
  [[nodiscard]] bool contain(const overlay::Endpoint& local) const { return ports_.contains(local); }
  // Does it belong to a retired one, and to no other?
  [[nodiscard]] bool only_retired_contain(const overlay::Endpoint& local) const;
  [[nodiscard]] std::span<const overlay::Endpoint> retired() const { return retired_; }

 private:
  std::vector<overlay::Endpoint> current_;
  std::vector<overlay::Endpoint> retired_;
  ListenPorts ports_;  // of both, also of those forgotten since the last change: their sockets are closed
};

}  // namespace relay
