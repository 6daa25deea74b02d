#include "overlay/base/keyed_hash.h"

namespace overlay {

HashKey HashKey::draw(Random& random) {
  const std::uint64_t first = random.u64();
  return {.first = first, .second = random.u64()};
}

void set_hash_key(const HashKey& key) {
  hash_key_of_process::key = key;
}

std::uint64_t KeyedHash::of(Bytes bytes, const HashKey& key) {
  static_assert(std::endian::native == std::endian::little);
  KeyedHash hash(key);
  for (; bytes.size() >= sizeof(std::uint64_t); bytes = bytes.subspan(sizeof(std::uint64_t))) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), sizeof word);
    hash.add(word);
  }
  std::uint64_t tail = 0;
  if (!bytes.empty()) std::memcpy(&tail, bytes.data(), bytes.size());
  return hash.finish(tail, bytes.size());
}

}  // namespace overlay
