#include "tools/load/allocation_rate.h"

#include <algorithm>
#include <optional>
#include <string>

#include "overlay/loop/system_clock.h"
#include "tools/load/churn.h"
#include "tools/wan/system.h"

namespace load {
namespace {

using namespace std::chrono_literals;
using overlay::Instant;

// Debian's coturn remembers the 5-tuple of a deleted allocation for more than a second.
constexpr std::size_t kSockets = 50'000;

[[nodiscard]] ChurnOptions options_of(const Plan& plan) {
  return {.server = plan.server,
          .local = std::nullopt,
          .credentials = plan.credentials,
          .allocations = plan.allocations,
          .use = Use::kAllocateOnly,
          .vanishing = 0,
          .start_every = std::nullopt,
          .look_every = 50ms,
          .never_sleeps = true,
          .sockets_ahead = kSockets,
          .port_rest = 0s};
}

void spend(Churn& churn, overlay::Duration length) {
  const Instant until = overlay::system_now() + length;
  while (overlay::system_now() < until)
    churn.run_once();
}

[[nodiscard]] std::string most_frequent(const std::map<std::string, std::uint64_t>& failures) {
  const auto found = std::max_element(failures.begin(), failures.end(),
                                      [](const auto& a, const auto& b) { return a.second < b.second; });
  return found == failures.end() ? "" : found->first;
}

[[nodiscard]] AllocationReport measure(Churn& churn, const Plan& plan) {
  const ServerMeter meter(plan);
  spend(churn, plan.warm_up);
  churn.clear_durations();
  const Instant from = overlay::system_now();
  const auto use_before = meter.read();
  const auto released_before = churn.counts().released;
  const auto failed_before = churn.counts().failed;
  spend(churn, plan.length);
  const auto us = [&](double q) { return static_cast<double>(churn.durations().quantile(q).count()) / 1e3; };
  return {.allocations = churn.counts().released - released_before,
          .failures = churn.counts().failed - failed_before,
          .failure = most_frequent(churn.counts().failures),
          .seconds = overlay::to_s(overlay::system_now() - from),
          .p50_us = us(0.50),
          .p99_us = us(0.99),
          .server = ServerMeter::between(use_before, meter.read())};
}

}  // namespace

overlay::Result<AllocationReport> measure_allocations(const Plan& plan) {
  std::optional<wan::NetnsVisit> visit;
  if (!plan.client_netns.empty()) {
    auto entered = wan::NetnsVisit::enter(plan.client_netns);
    if (!entered) return overlay::failure(entered.error().message);
    visit.emplace(std::move(*entered));
  }
  const auto churn = Churn::make(options_of(plan));
  if (!churn) return overlay::failure(churn.error().message);
  return measure(**churn, plan);
}

}  // namespace load
