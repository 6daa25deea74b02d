#include "relay/data_plane/turn_listeners.h"

#include <algorithm>
#include <utility>

namespace relay {

void TurnListeners::change(std::vector<overlay::Endpoint> current, std::span<const overlay::Endpoint> retire,
                           std::span<const overlay::Endpoint> take_back) {
  std::erase_if(retired_, [&](const overlay::Endpoint& listener) {
    return std::ranges::find(take_back, listener) != take_back.end();
  });
  retired_.insert(retired_.end(), retire.begin(), retire.end());
  current_ = std::move(current);
  std::vector<overlay::Endpoint> all = current_;
  all.insert(all.end(), retired_.begin(), retired_.end());
  ports_ = ListenPorts(all);
}

bool TurnListeners::only_retired_contain(const overlay::Endpoint& local) const {
  const auto has_local = [&](const overlay::Endpoint& listener) { return is_listener_of(listener, local); };
  return std::ranges::any_of(retired_, has_local) && std::ranges::none_of(current_, has_local);
}

}  // namespace relay
