#include "relay/node/neighbor_choice.h"

#include <algorithm>
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

}  // namespace relay
