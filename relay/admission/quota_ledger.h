// How many allocations each user, tenant and source address holds on the whole node. All data planes share
// one ledger: clients of one user are spread over cores, so a share of a small quota for each core would
// refuse far too early. Its locks are taken only when an allocation begins or ends, never for a packet.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "overlay/base/keyed_hash.h"
#include "relay/admission/token_bucket.h"

namespace relay {

class QuotaLedger {
 public:
  // Shared by all allocations of one account, for both directions.
  struct Account {
    std::size_t allocations = 0;
    SharedTokenBucket to_peer;
    SharedTokenBucket to_client;
  };

  // One allocation of an account, given back when it is destroyed.
  class Hold {
   public:
    Hold() = default;
    ~Hold() { release(); }
    Hold(Hold&& other) noexcept : ledger_(std::exchange(other.ledger_, nullptr)), entry_(other.entry_) {}
    Hold& operator=(Hold&& other) noexcept {
      if (this == &other) return *this;
      release();
      ledger_ = std::exchange(other.ledger_, nullptr);
      entry_ = other.entry_;
      return *this;
    }

    [[nodiscard]] bool is_held() const { return ledger_ != nullptr; }
    // Stays where it is while it is held. Any thread may use the buckets.
    [[nodiscard]] Account& account() const { return entry_->second; }

   private:
    friend class QuotaLedger;
    using Entry = std::pair<const std::string, Account>;
    Hold(QuotaLedger& ledger, Entry& entry) : ledger_(&ledger), entry_(&entry) {}
    void release();

    QuotaLedger* ledger_ = nullptr;
    Entry* entry_ = nullptr;
  };

  QuotaLedger() = default;
  QuotaLedger(const QuotaLedger&) = delete;
  QuotaLedger& operator=(const QuotaLedger&) = delete;

  // Any thread. Nothing is held when the account has `limit` allocations already; 0: no limit. The ledger
  // outlives what is held.
  [[nodiscard]] Hold hold(std::string account, std::size_t limit);
  [[nodiscard]] std::size_t count(const std::string& account) const;

 private:
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, Account, overlay::KeyedHasher> accounts;  // those with allocations
  };
  [[nodiscard]] const Shard& shard_of(const std::string& account) const {
    return shards_[overlay::KeyedHasher{}(account) % shards_.size()];
  }
  [[nodiscard]] Shard& shard_of(const std::string& account) {
    return shards_[overlay::KeyedHasher{}(account) % shards_.size()];
  }

  std::array<Shard, 64> shards_;
};

}  // namespace relay
