// What clients may speak at the UDP ports that listeners have opened. A port takes what it took before until
// it is closed, also one that a reload removed and that is open still for its clients (retired_listeners.h):
// with less, a reload would cut them off, or a port would take what the configuration does not have. Owned by
// the node; on its thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "relay/config/config.h"

namespace relay {

class OpenListeners {
 public:
  // Why these cannot be the next ones; `to_open` are those of their addresses that are closed now.
  [[nodiscard]] std::vector<std::string> refusals(std::span<const ListenerConfig> next,
                                                  std::span<const overlay::Endpoint> to_open) const;
  // They are.
  void change(std::span<const ListenerConfig> next);

 private:
  // Of closed ports too, until they are opened anew.
  std::map<overlay::Endpoint, std::vector<overlay::Transport>> transports_by_address_;
};

}  // namespace relay
