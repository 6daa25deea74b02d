#include "relay/admission/network_buckets.h"

#include <algorithm>

namespace relay {

void NetworkBuckets::set_limit(const RateLimit& limit) {
  rate_ = Rate(limit);
  if (rate_.is_unlimited())
    buckets_ = {};
  else
    buckets_.resize(kBuckets);
}

// FNV-1a over the prefix, begun and mixed with the salt.
std::size_t NetworkBuckets::place_of(const overlay::IpAddress& source) const {
  constexpr std::uint64_t kPrime = 0x100000001b3;
  const auto prefix = source.octets().first(source.is_v4() ? 3 : 7);
  std::uint64_t hash = salt_;
  for (const std::uint8_t octet : prefix)
    hash = (hash ^ octet) * kPrime;
  hash ^= hash >> 32;
  hash *= salt_ | 1;
  return static_cast<std::size_t>(hash >> 32) % kBuckets;
}

}  // namespace relay
