#include "relay/control_plane/retired_endpoints.h"

#include <algorithm>

namespace relay {
namespace {

bool contains(std::span<const overlay::Endpoint> endpoints, const overlay::Endpoint& wanted) {
  return std::ranges::find(endpoints, wanted) != endpoints.end();
}

}  // namespace

RetiredEndpoints::Steps RetiredEndpoints::steps(std::span<const overlay::Endpoint> before,
                                                std::span<const overlay::Endpoint> after) const {
  Steps steps;
  for (const overlay::Endpoint& listener : after) {
    if (contains(before, listener)) continue;
    (contains(retired_, listener) ? steps.take_back : steps.open).push_back(listener);
  }
  for (const overlay::Endpoint& listener : before)
    if (!contains(after, listener)) steps.retire.push_back(listener);
  return steps;
}

void RetiredEndpoints::note_change(const Steps& steps, std::uint64_t generation) {
  generation_ = generation;
  for (const overlay::Endpoint& listener : steps.take_back)
    std::erase(retired_, listener);
  retired_.insert(retired_.end(), steps.retire.begin(), steps.retire.end());
}

std::vector<overlay::Endpoint> RetiredEndpoints::note_report(std::size_t data_plane, std::uint64_t generation,
                                                             std::span<const overlay::Endpoint> in_use) {
  if (data_plane >= reports_.size()) return {};
  reports_[data_plane] = {.generation = generation, .in_use = {in_use.begin(), in_use.end()}};
  // Reports from before the change do not count.
  if (std::ranges::any_of(reports_, [&](const Report& report) { return report.generation < generation_; }))
    return {};
  const auto middle =
      std::stable_partition(retired_.begin(), retired_.end(), [&](const overlay::Endpoint& listener) {
        return std::ranges::any_of(reports_,
                                   [&](const Report& report) { return contains(report.in_use, listener); });
      });
  std::vector<overlay::Endpoint> unused(middle, retired_.end());
  retired_.erase(middle, retired_.end());
  return unused;
}

}  // namespace relay
