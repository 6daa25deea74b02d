#include "relay/data_plane/prefix_buckets.h"

#include "overlay/base/wire.h"
#include "overlay/crypto/header_mac.h"

namespace relay {

PrefixBuckets::PrefixBuckets(const RateLimit& limit, overlay::Random& random)
    : rate_(limit), buckets_(kBuckets) {
  random.fill(salt_.expose());
}

std::size_t PrefixBuckets::place_of(const overlay::IpAddress& source) const {
  overlay::ByteArray<8> hash;
  write_header_tag(salt_, source.octets().first(source.is_v4() ? 3 : 8), hash);
  return overlay::ByteReader(hash).u64() % kBuckets;
}

}  // namespace relay
