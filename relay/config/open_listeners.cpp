#include "relay/config/open_listeners.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace relay {
namespace {

bool contains(std::span<const overlay::Endpoint> endpoints, const overlay::Endpoint& wanted) {
  return std::ranges::find(endpoints, wanted) != endpoints.end();
}

std::vector<overlay::Transport> datagram_transports(const ListenerConfig& listener) {
  std::vector<overlay::Transport> transports;
  std::ranges::copy_if(listener.transports, std::back_inserter(transports), overlay::is_datagram);
  return transports;
}

}  // namespace

std::vector<std::string> OpenListeners::refusals(std::span<const ListenerConfig> next,
                                                 std::span<const overlay::Endpoint> to_open) const {
  std::vector<std::string> refusals;
  for (const ListenerConfig& listener : next) {
    const auto open = transports_by_address_.find(listener.address);
    if (open == transports_by_address_.end() || datagram_transports(listener).empty() ||
        contains(to_open, listener.address))
      continue;
    for (const overlay::Transport transport : open->second)
      if (!listener.takes(transport))
        refusals.push_back(
            "turn.listeners: " + listener.address.to_string() + " cannot give up " + to_string(transport) +
            " while clients use the port; remove the listener until they have left, or restart");
  }
  return refusals;
}

void OpenListeners::change(std::span<const ListenerConfig> next) {
  for (const ListenerConfig& listener : next)
    if (auto transports = datagram_transports(listener); !transports.empty())
      transports_by_address_[listener.address] = std::move(transports);
}

}  // namespace relay
