// How many unauthenticated requests of one network are answered: the sender of such a request may be another
// than it says, and the answer, which is longer, hits the victim. A table of fixed size, so that a flood of
// made-up sources costs no memory; networks that meet in one place share its bucket, and which ones do nobody
// outside can know.
#pragma once

#include <vector>

#include "overlay/base/endpoint.h"
#include "relay/turn/token_bucket.h"

namespace relay {

class ChallengeLimiter {
 public:
  static constexpr std::size_t kBuckets = 16'384;

  explicit ChallengeLimiter(std::uint64_t salt) : salt_(salt) {}

  // For each IPv4 /24 and IPv6 /56.
  void set_limit(const RateLimit& limit);
  [[nodiscard]] bool may_answer(const overlay::IpAddress& source, overlay::Instant now) {
    return buckets_.empty() || buckets_[bucket_of(source)].take(rate_, 1, now);
  }

 private:
  [[nodiscard]] std::size_t bucket_of(const overlay::IpAddress& source) const;

  std::uint64_t salt_;
  Rate rate_;
  std::vector<TokenBucket> buckets_;  // empty without a limit
};

}  // namespace relay
