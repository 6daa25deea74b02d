#include "overlay/crypto/header_mac.h"

#include <sodium.h>

#include "overlay/base/check.h"

namespace overlay {

static_assert(crypto_shorthash_KEYBYTES == 16 && crypto_shorthash_BYTES == 8);

void write_header_tag(const Secret<16>& key, Bytes headers, MutableBytes tag) {
  DCHECK(tag.size() >= crypto_shorthash_BYTES);
  crypto_shorthash(tag.data(), headers.data(), headers.size(), key.data());
}

bool verify_header_tag(const Secret<16>& key, Bytes headers, Bytes tag) {
  if (tag.size() != crypto_shorthash_BYTES) return false;
  ByteArray<crypto_shorthash_BYTES> expected;
  crypto_shorthash(expected.data(), headers.data(), headers.size(), key.data());
  return sodium_memcmp(expected.data(), tag.data(), expected.size()) == 0;
}

}  // namespace overlay
