// The symmetric keys of one link session, derived from the two transport keys of a Noise handshake.
#pragma once

#include "overlay/crypto/secret.h"

namespace overlay {

struct DirectionKeys {
  Secret<16> header;   // SipHash-2-4 of link and route headers
  Secret<32> control;  // ChaCha20-Poly1305 of control payloads
};

struct SessionKeys {
  DirectionKeys send;
  DirectionKeys receive;
};

// Expands one transport key (keyed BLAKE2b, one context for each use).
[[nodiscard]] DirectionKeys derive_direction_keys(const Secret<32>& transport_key);

}  // namespace overlay
