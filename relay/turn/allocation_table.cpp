#include "relay/turn/allocation_table.h"

#include <utility>

#include "overlay/base/check.h"

namespace relay {
namespace {

Allocation* find_in(const std::unordered_map<overlay::Endpoint, Allocation*>& allocations,
                    const overlay::Endpoint& relayed) {
  const auto found = allocations.find(relayed);
  return found == allocations.end() ? nullptr : found->second;
}

}  // namespace

Allocation& AllocationTable::insert(std::unique_ptr<Allocation> allocation) {
  Allocation& inserted = *allocation;
  if (inserted.relays_tcp)
    tcp_allocations_by_relayed_[inserted.relayed] = &inserted;
  else if (!inserted.shared_port)
    allocations_by_relayed_[inserted.relayed] = &inserted;
  if (inserted.second) allocations_by_relayed_[inserted.second->endpoint] = &inserted;
  allocations_by_expiry_.emplace(expiry_of(inserted), &inserted);
  allocations_by_client_[inserted.five_tuple] = std::move(allocation);
  return inserted;
}

void AllocationTable::erase(const Allocation& allocation) {
  if (allocation.relays_tcp)
    tcp_allocations_by_relayed_.erase(allocation.relayed);
  else if (!allocation.shared_port)
    allocations_by_relayed_.erase(allocation.relayed);
  if (allocation.second) allocations_by_relayed_.erase(allocation.second->endpoint);
  allocations_by_expiry_.erase(expiry_of(allocation));
  allocations_by_client_.erase(FiveTuple(allocation.five_tuple));
}

Allocation* AllocationTable::find(const FiveTuple& client) const {
  const auto found = allocations_by_client_.find(client);
  return found == allocations_by_client_.end() ? nullptr : found->second.get();
}

Allocation* AllocationTable::find_relayed(const overlay::Endpoint& relayed) const {
  return find_in(allocations_by_relayed_, relayed);
}

Allocation* AllocationTable::find_tcp(const overlay::Endpoint& relayed) const {
  return find_in(tcp_allocations_by_relayed_, relayed);
}

void AllocationTable::move(Allocation& allocation, const FiveTuple& to) {
  allocations_by_expiry_.erase(expiry_of(allocation));
  auto entry = allocations_by_client_.extract(allocation.five_tuple);
  entry.key() = to;
  allocations_by_client_.insert(std::move(entry));
  allocation.five_tuple = to;
  allocations_by_expiry_.emplace(expiry_of(allocation), &allocation);
}

void AllocationTable::set_expiry(Allocation& allocation, std::optional<overlay::AddressFamily> family,
                                 overlay::Instant expires_at) {
  const auto is_meant = [&](const overlay::Endpoint& relayed) {
    return !family || relayed.address.family() == *family;
  };
  allocations_by_expiry_.erase(expiry_of(allocation));
  if (is_meant(allocation.relayed)) allocation.expires_at = expires_at;
  if (allocation.second && is_meant(allocation.second->endpoint)) allocation.second->expires_at = expires_at;
  allocations_by_expiry_.emplace(expiry_of(allocation), &allocation);
}

overlay::Endpoint AllocationTable::release_relayed(Allocation& allocation, overlay::AddressFamily family) {
  CHECK(allocation.second && allocation.relayed_for(family) != nullptr);
  allocations_by_expiry_.erase(expiry_of(allocation));
  if (allocation.relayed.address.family() == family) {
    std::swap(allocation.relayed, allocation.second->endpoint);
    std::swap(allocation.expires_at, allocation.second->expires_at);
  }
  const overlay::Endpoint released = allocation.second->endpoint;
  allocations_by_relayed_.erase(released);
  allocation.second.reset();
  allocations_by_expiry_.emplace(expiry_of(allocation), &allocation);
  return released;
}

std::optional<FiveTuple> AllocationTable::first_expired(overlay::Instant now) const {
  if (allocations_by_expiry_.empty() || now < next_expiry()) return std::nullopt;
  return allocations_by_expiry_.begin()->first.client;
}

}  // namespace relay
