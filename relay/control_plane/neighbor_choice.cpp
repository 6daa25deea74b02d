#include "relay/control_plane/neighbor_choice.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace relay {
namespace {

// Smaller is better.
auto rank(const HubCandidate& hub, const std::vector<std::string>& providers_taken) {
  const bool provider_taken = std::ranges::find(providers_taken, hub.provider) != providers_taken.end();
  return std::make_tuple(!hub.usable, provider_taken, hub.distance, hub.node);
}

}  // namespace

std::vector<overlay::NodeId> choose_neighbors(const OwnPlace& own, std::vector<HubCandidate> candidates,
                                              std::size_t homes) {
  std::erase_if(candidates, [&](const HubCandidate& hub) { return hub.node == own.node; });
  const std::size_t wanted = own.is_hub ? candidates.size() : std::min(homes, candidates.size());

  std::vector<overlay::NodeId> chosen;
  std::vector<std::string> providers_taken;
  while (chosen.size() < wanted) {
    const auto best = std::ranges::min_element(candidates, [&](const HubCandidate& a, const HubCandidate& b) {
      return rank(a, providers_taken) < rank(b, providers_taken);
    });
    chosen.push_back(best->node);
    providers_taken.push_back(best->provider);
    candidates.erase(best);
  }
  std::ranges::sort(chosen);
  return chosen;
}

overlay::NodeId choose_trial(const std::vector<HubCandidate>& candidates,
                             const std::vector<overlay::NodeId>& chosen) {
  std::map<std::string, overlay::Duration> farthest_by_provider;
  overlay::Duration farthest{};
  for (const HubCandidate& hub : candidates) {
    if (!std::ranges::binary_search(chosen, hub.node)) continue;
    auto& of_provider = farthest_by_provider[hub.provider];
    of_provider = std::max(of_provider, hub.distance);
    farthest = std::max(farthest, hub.distance);
  }
  const HubCandidate* best = nullptr;
  for (const HubCandidate& hub : candidates) {
    if (hub.measured || !hub.usable || std::ranges::binary_search(chosen, hub.node)) continue;
    const auto rival = farthest_by_provider.find(hub.provider);
    if (hub.at_least >= (rival == farthest_by_provider.end() ? farthest : rival->second)) continue;
    if (best == nullptr || hub.at_least < best->at_least) best = &hub;
  }
  return best == nullptr ? overlay::kNoNode : best->node;
}

overlay::Duration favored_as_home(overlay::Duration distance) {
  constexpr overlay::Duration kLeast = std::chrono::milliseconds(2);
  return std::max(overlay::Duration::zero(), distance - std::max(kLeast, distance / 5));
}

}  // namespace relay
