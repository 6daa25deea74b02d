#include "relay/admission/quota_ledger.h"

namespace relay {

QuotaLedger::Hold QuotaLedger::hold(std::string account, std::size_t limit) {
  Shard& shard = shard_of(account);
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.accounts.find(account);
  if (limit != 0 && found != shard.accounts.end() && found->second.allocations >= limit) return {};
  Hold::Entry& entry =
      found != shard.accounts.end() ? *found : *shard.accounts.try_emplace(std::move(account)).first;
  ++entry.second.allocations;
  return {*this, entry};
}

std::size_t QuotaLedger::count(const std::string& account) const {
  const Shard& shard = shard_of(account);
  const std::scoped_lock lock(shard.mutex);
  const auto found = shard.accounts.find(account);
  return found == shard.accounts.end() ? 0 : found->second.allocations;
}

void QuotaLedger::Hold::release() {
  if (ledger_ == nullptr) return;
  Shard& shard = std::exchange(ledger_, nullptr)->shard_of(entry_->first);
  const std::scoped_lock lock(shard.mutex);
  if (--entry_->second.allocations == 0) shard.accounts.erase(shard.accounts.find(entry_->first));
}

}  // namespace relay
