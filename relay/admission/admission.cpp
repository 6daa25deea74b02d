#include "relay/admission/admission.h"

#include <algorithm>
#include <string>
#include <utility>

#include "overlay/base/check.h"
#include "relay/admission/credentials.h"

namespace relay {
namespace {

constexpr TurnFailure kQuotaReached{486, "Allocation Quota Reached"};

// One subscriber: an IPv4 address or an IPv6 /64.
std::string source_account(const overlay::IpAddress& address) {
  const auto octets = address.octets();
  return "s" + std::string(overlay::as_text(octets.first(std::min<std::size_t>(octets.size(), 8))));
}

}  // namespace

std::string_view user_of(std::string_view username) {
  const auto rest = parse_rest_username(username);
  return rest ? rest->user : username;
}

std::string_view tenant_of(std::string_view username) {
  const std::string_view user = user_of(username);
  const std::size_t colon = user.find(':');
  if (colon != std::string_view::npos) return user.substr(0, colon);
  return user.size() < username.size() ? user : std::string_view();
}

Admission::Admission(const AdmissionLimits& limits, std::shared_ptr<QuotaLedger> ledger, std::uint64_t salt)
    : ledger_(std::move(ledger)), answers_(salt) {
  CHECK(ledger_ != nullptr);
  set_limits(limits);
}

void Admission::set_limits(const AdmissionLimits& limits) {
  limits_ = limits;
  answers_.set_limit(limits.challenges);
  new_peers_ = Rate(limits.new_peers);
  allocation_bandwidth_ = Rate(limits.allocation_bandwidth);
  tenant_bandwidth_ = Rate(limits.tenant_bandwidth);
  limits_bandwidth_ = !allocation_bandwidth_.is_unlimited() || !tenant_bandwidth_.is_unlimited();
}

overlay::Result<Admitted, TurnFailure> Admission::admit(const TurnRequest& request) {
  Admitted admitted;
  admitted.user = ledger_->hold("u" + std::string(user_of(request.username)), limits_.allocations_per_user);
  if (!admitted.user.is_held()) return overlay::Unexpected(kQuotaReached);
  admitted.source =
      ledger_->hold(source_account(request.meta.source.address), limits_.allocations_per_source);
  if (!admitted.source.is_held()) return overlay::Unexpected(kQuotaReached);
  const std::string_view tenant = tenant_of(request.username);
  if (tenant.empty()) return admitted;
  admitted.tenant = ledger_->hold("t" + std::string(tenant), limits_.allocations_per_tenant);
  if (!admitted.tenant.is_held()) return overlay::Unexpected(kQuotaReached);
  return admitted;
}

// A packet that the tenant's bucket rejects still costs the allocation's bucket, so the allocation slows
// down.
bool Admission::passes(const Admitted& admitted, TokenBucket& own,
                       SharedTokenBucket QuotaLedger::Account::*of_tenant, std::size_t bytes,
                       overlay::Instant now) const {
  if (!allocation_bandwidth_.is_unlimited() && !own.take(allocation_bandwidth_, bytes, now)) return false;
  if (tenant_bandwidth_.is_unlimited() || !admitted.tenant.is_held()) return true;
  return (admitted.tenant.account().*of_tenant).take(tenant_bandwidth_, bytes, now);
}

}  // namespace relay
