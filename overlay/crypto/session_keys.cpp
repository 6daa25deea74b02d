#include "overlay/crypto/session_keys.h"

#include <sodium.h>

#include "overlay/base/check.h"

namespace overlay {

DirectionKeys derive_direction_keys(const Secret<32>& transport_key) {
  static_assert(crypto_kdf_KEYBYTES == 32);
  constexpr char kContext[crypto_kdf_CONTEXTBYTES + 1] = "cw-link1";
  DirectionKeys keys;
  CHECK(crypto_kdf_derive_from_key(keys.header.data(), 16, 1, kContext, transport_key.data()) == 0);
  CHECK(crypto_kdf_derive_from_key(keys.control.data(), 32, 2, kContext, transport_key.data()) == 0);
  return keys;
}

}  // namespace overlay
