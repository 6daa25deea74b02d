// The transports of the UDP ports that listeners have opened. An open port keeps its transports until it is
// closed. That holds for a port that a reload removed and that stays open for its clients
// (retired_endpoints.h): a reload must neither cut these clients off nor offer a transport that the
// configuration does not have. Owned by the node, on the node's thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "relay/config/config.h"

namespace relay {

class OpenListeners {
 public:
  // The reasons why `next` cannot replace the open listeners; empty if it can. `to_open`: addresses of `next`
  // that are closed now.
  [[nodiscard]] std::vector<std::string> refusals(std::span<const ListenerConfig> next,
                                                  std::span<const overlay::Endpoint> to_open) const;
  // Records that `next` has replaced them.
  void change(std::span<const ListenerConfig> next);

 private:
  // Closed ports stay in the map until they are opened again.
  std::map<overlay::Endpoint, std::vector<overlay::Transport>> transports_by_address_;
};

}  // namespace relay
