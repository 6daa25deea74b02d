// The view that data planes have of the network: an immutable snapshot from the control plane, shared by
// pointer.
#pragma once

#include <cstddef>
#include <span>
#include <unordered_map>
#include <vector>

#include "overlay/base/endpoint.h"
#include "overlay/base/ids.h"
#include "overlay/forwarding/explicit_route.h"

namespace overlay {

class ForwardingTable {
 public:
  // Maximum number of routes to a destination: active, standby, and routes for the case that both are down.
  static constexpr std::size_t kMaxRoutes = 4;

  ForwardingTable() = default;
  explicit ForwardingTable(Generation generation) : generation_(generation) {}

  // Routes in order of preference, the active one first. Routes beyond kMaxRoutes are ignored.
  void set_routes(NodeId destination, std::span<const ExplicitRoute> routes);
  void add_relayed_address(const IpAddress& address, NodeId node) {
    nodes_by_relayed_address_[address] = node;
  }

  [[nodiscard]] Generation generation() const { return generation_; }
  // Empty without a route.
  [[nodiscard]] std::span<const ExplicitRoute> routes(NodeId destination) const;
  // The node that advertises this relayed address; kNoNode if no node does.
  [[nodiscard]] NodeId relayed_by(const IpAddress& address) const;

 private:
  Generation generation_;
  std::unordered_map<NodeId, std::vector<ExplicitRoute>> routes_by_destination_;
  std::unordered_map<IpAddress, NodeId> nodes_by_relayed_address_;
};

}  // namespace overlay
