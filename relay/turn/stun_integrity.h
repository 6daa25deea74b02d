// Keys, MACs and checksums of STUN: the long-term key of RFC 8489 section 9.2.2 (MD5, as browsers use it),
// HMAC-SHA1 MESSAGE-INTEGRITY (section 14.5) and the CRC-32 FINGERPRINT (section 14.7).
#pragma once

#include <string_view>

#include "overlay/base/bytes.h"

namespace relay {

inline constexpr std::size_t kIntegritySize = 20;
using LongTermKey = overlay::ByteArray<16>;
using Integrity = overlay::ByteArray<kIntegritySize>;

[[nodiscard]] LongTermKey long_term_key(std::string_view username, std::string_view realm,
                                        std::string_view password);

// Over a message up to, and not including, its MESSAGE-INTEGRITY; the header's length is counted as if the
// message ended with that attribute.
[[nodiscard]] Integrity message_integrity(overlay::Bytes key, overlay::Bytes before_integrity);
// In constant time.
[[nodiscard]] bool integrity_matches(overlay::Bytes key, overlay::Bytes before_integrity,
                                     overlay::Bytes integrity);

// Over a message up to its FINGERPRINT, whose header already counts it.
[[nodiscard]] std::uint32_t fingerprint(overlay::Bytes before_fingerprint);
[[nodiscard]] bool fingerprint_matches(overlay::Bytes before_fingerprint, overlay::Bytes value);

[[nodiscard]] Integrity hmac_sha1(overlay::Bytes key, overlay::Bytes data);
[[nodiscard]] bool equal_in_constant_time(overlay::Bytes a, overlay::Bytes b);

}  // namespace relay
