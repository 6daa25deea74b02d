// Drains a node and ends the drain: checks the request of an operator, hands the change to the control plane,
// and logs when all data planes have applied it. On the control thread.
#pragma once

#include <string>

#include "overlay/base/result.h"
#include "relay/config/config.h"
#include "relay/messages/drain_request.h"
#include "relay/node/control_worker.h"

namespace relay {

class NodeDrain {
 public:
  // `current` is the effective configuration, `control` the running control plane. Both outlive this.
  NodeDrain(std::string own_name, const NodeConfig& current, ControlWorker& control)
      : own_name_(std::move(own_name)), current_(current), control_(control) {}

  // From now on the node accepts no new allocation. Allocations end at the deadline at the latest.
  [[nodiscard]] overlay::Result<DrainReport> drain(const DrainRequest& request);
  [[nodiscard]] overlay::Status undrain(const std::string& node);

 private:
  // Fails when the request names another node, or when a data plane takes no messages.
  [[nodiscard]] overlay::Status check(const std::string& node) const;
  [[nodiscard]] overlay::Result<std::vector<overlay::Endpoint>> alternatives(const std::string& to) const;

  std::string own_name_;
  const NodeConfig& current_;
  ControlWorker& control_;
};

}  // namespace relay
