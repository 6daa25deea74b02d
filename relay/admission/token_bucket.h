// A rate limit that lets bursts pass: the generic cell rate algorithm, which is a token bucket whose whole
// state is one instant. Without a heap, a division or a timer; a few nanoseconds each.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "overlay/base/time.h"

namespace relay {

// The limit of a bucket. `per_second` counts bytes or answers. 0: no limit.
struct RateLimit {
  std::uint64_t per_second = 0;
  std::uint64_t burst = 0;  // at once, after a pause; at least 1 of what is counted
  bool operator==(const RateLimit&) const = default;
};

// A RateLimit as buckets need it.
class Rate {
 public:
  Rate() = default;
  explicit Rate(const RateLimit& limit) {
    if (limit.per_second == 0) return;
    cost_ = std::max<std::uint64_t>(kSecond / limit.per_second, 1);
    tolerance_ = nanoseconds(std::clamp<std::uint64_t>(limit.burst, 1, kLongest / cost_) * cost_);
  }

  [[nodiscard]] bool is_unlimited() const { return cost_ == 0; }
  // The time that `amount` (below 2^20) takes at this rate.
  [[nodiscard]] overlay::Duration cost_of(std::uint64_t amount) const { return nanoseconds(amount * cost_); }
  // How far a bucket may be ahead of time.
  [[nodiscard]] overlay::Duration tolerance() const { return tolerance_; }

 private:
  static constexpr unsigned kFractionBits = 10;
  static constexpr std::uint64_t kSecond = std::uint64_t{1'000'000'000} << kFractionBits;
  static constexpr std::uint64_t kLongest = 3600 * kSecond;

  [[nodiscard]] static overlay::Duration nanoseconds(std::uint64_t fractions) {
    return overlay::Duration(static_cast<std::int64_t>(fractions >> kFractionBits));
  }

  std::uint64_t cost_ = 0;  // of one, in 1/1024 ns
  overlay::Duration tolerance_{};
};

// One thread's bucket, 8 bytes. Full at first.
class TokenBucket {
 public:
  // True when `amount` may pass; then it is taken.
  [[nodiscard]] bool take(const Rate& rate, std::uint64_t amount, overlay::Instant now) {
    const overlay::Instant after = std::max(spent_until_, now) + rate.cost_of(amount);
    if (after - now > rate.tolerance()) return false;
    spent_until_ = after;
    return true;
  }
  // The earliest time at which take() succeeds; may have passed.
  [[nodiscard]] overlay::Instant next_at(const Rate& rate, std::uint64_t amount) const {
    return spent_until_ + rate.cost_of(amount) - rate.tolerance();
  }

 private:
  overlay::Instant spent_until_{};
};

// The same, shared by threads, without a lock.
class SharedTokenBucket {
 public:
  [[nodiscard]] bool take(const Rate& rate, std::uint64_t amount, overlay::Instant now) {
    const overlay::Duration cost = rate.cost_of(amount);
    overlay::Instant before = spent_until_.load(std::memory_order_relaxed);
    for (;;) {
      const overlay::Instant after = std::max(before, now) + cost;
      if (after - now > rate.tolerance()) return false;
      if (spent_until_.compare_exchange_weak(before, after, std::memory_order_relaxed)) return true;
    }
  }

 private:
  std::atomic<overlay::Instant> spent_until_{overlay::Instant{}};
};

}  // namespace relay
