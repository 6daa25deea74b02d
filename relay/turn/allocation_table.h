// The allocations of one TURN server: by client, by relayed address, and in the order of their expiry. Holds
// no policy: TurnServer decides when an allocation begins and ends. Bounded by
// TurnServerConfig::max_allocations. Belongs to the thread of its data plane.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "relay/turn/allocation.h"

namespace relay {

class AllocationTable {
 public:
  // The allocation has its 5-tuple, its relayed addresses and its expiry. The client has no other allocation.
  Allocation& insert(std::unique_ptr<Allocation> allocation);
  // Destroys the allocation.
  void erase(const Allocation& allocation);

  // nullptr when there is none. The allocation may have expired.
  [[nodiscard]] Allocation* find(const FiveTuple& client) const;
  // The owner of a relayed address of UDP that is not shared.
  [[nodiscard]] Allocation* find_relayed(const overlay::Endpoint& relayed) const;
  // The owner of a relayed address of TCP (RFC 6062), whose ports are not those of UDP.
  [[nodiscard]] Allocation* find_tcp(const overlay::Endpoint& relayed) const;

  // Gives the allocation to another 5-tuple, which has none.
  void move(Allocation& allocation, const FiveTuple& to);
  // Of the relayed address of that family, or of all.
  void set_expiry(Allocation& allocation, std::optional<overlay::AddressFamily> family,
                  overlay::Instant expires_at);
  // Removes one of two relayed addresses and returns it. The caller closes its port.
  overlay::Endpoint release_relayed(Allocation& allocation, overlay::AddressFamily family);

  // The client whose allocation, or one of its two addresses, expires first; nullopt when the table is empty.
  [[nodiscard]] std::optional<FiveTuple> first_expired(overlay::Instant now) const;
  [[nodiscard]] overlay::Instant next_expiry() const {
    return allocations_by_expiry_.empty() ? overlay::kNever : allocations_by_expiry_.begin()->first.at;
  }

  [[nodiscard]] std::size_t size() const { return allocations_by_client_.size(); }
  // Calls visit(const Allocation&) for each allocation. The allocation that expires first comes first.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (const auto& [expiry, allocation] : allocations_by_expiry_)
      visit(std::as_const(*allocation));
  }
  // Calls visit(const overlay::Endpoint&) for each relayed address of UDP that is not shared.
  template <typename Visit>
  void for_each_relayed(Visit visit) const {
    for (const auto& [relayed, allocation] : allocations_by_relayed_)
      visit(relayed);
  }

 private:
  struct Expiry {
    overlay::Instant at;
    FiveTuple client;
    auto operator<=>(const Expiry&) const = default;
  };
  [[nodiscard]] static Expiry expiry_of(const Allocation& allocation) {
    return {allocation.next_expiry(), allocation.five_tuple};
  }

  std::unordered_map<FiveTuple, std::unique_ptr<Allocation>> allocations_by_client_;
  std::unordered_map<overlay::Endpoint, Allocation*> allocations_by_relayed_;
  std::unordered_map<overlay::Endpoint, Allocation*> tcp_allocations_by_relayed_;
  std::map<Expiry, Allocation*> allocations_by_expiry_;  // all of them
};

}  // namespace relay
