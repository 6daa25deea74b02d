// A rate limit for each source network: IPv4 /24, IPv6 /64. A table of fixed size, so a flood from forged
// addresses costs no memory. Networks that meet in one place share its bucket. The hash is salted, so nobody
// outside can choose addresses that meet.
#pragma once

#include <vector>

#include "overlay/base/endpoint.h"
#include "overlay/base/random.h"
#include "overlay/crypto/secret.h"
#include "relay/admission/token_bucket.h"

namespace relay {

class PrefixBuckets {
 public:
  static constexpr std::size_t kBuckets = 4096;

  PrefixBuckets(const RateLimit& limit, overlay::Random& random);

  // True when one more from this network may pass; then it is counted.
  [[nodiscard]] bool take(const overlay::IpAddress& source, overlay::Instant now) {
    return buckets_[place_of(source)].take(rate_, 1, now);
  }

 private:
  [[nodiscard]] std::size_t place_of(const overlay::IpAddress& source) const;

  Rate rate_;
  overlay::Secret<16> salt_;
  std::vector<TokenBucket> buckets_;
};

}  // namespace relay
