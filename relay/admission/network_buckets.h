// A rate limit for each source network: IPv4 /24, IPv6 /56. A table of fixed size, so a flood from forged
// addresses costs no memory. Networks that meet in one place share its bucket. The hash is salted, so nobody
// outside can choose addresses that meet. Belongs to one thread.
#pragma once

#include <cstdint>
#include <vector>

#include "overlay/base/endpoint.h"
#include "relay/admission/token_bucket.h"

namespace relay {

class NetworkBuckets {
 public:
  static constexpr std::size_t kBuckets = 16'384;

  explicit NetworkBuckets(std::uint64_t salt) : salt_(salt) {}

  // Without a limit, which is the default, the table has no memory.
  void set_limit(const RateLimit& limit);
  // True when one more from this network may pass; then it is counted.
  [[nodiscard]] bool take(const overlay::IpAddress& source, overlay::Instant now) {
    return buckets_.empty() || buckets_[place_of(source)].take(rate_, 1, now);
  }

 private:
  [[nodiscard]] std::size_t place_of(const overlay::IpAddress& source) const;

  std::uint64_t salt_;
  Rate rate_;
  std::vector<TokenBucket> buckets_;  // empty without a limit
};

}  // namespace relay
