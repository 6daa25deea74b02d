// SipHash-2-4 over link and route headers: the cost of a transit hop for each packet (0.05 us for 64 bytes).
#pragma once

#include "overlay/base/bytes.h"
#include "overlay/crypto/secret.h"

namespace overlay {

// Writes 8 bytes to the front of `tag`.
void write_header_tag(const Secret<16>& key, Bytes headers, MutableBytes tag);
// Compares in constant time. `tag` has 8 bytes.
[[nodiscard]] bool verify_header_tag(const Secret<16>& key, Bytes headers, Bytes tag);

}  // namespace overlay
