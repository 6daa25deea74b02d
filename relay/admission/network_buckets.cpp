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

std::size_t NetworkBuckets::place_of(const overlay::IpAddress& source) const {
  const auto prefix = source.octets().first(source.is_v4() ? 3 : 7);
  return overlay::KeyedHash::of(prefix, {.first = salt_, .second = 0}) % kBuckets;
}

}  // namespace relay
