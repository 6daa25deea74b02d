// Keys, MACs and checksums of STUN: the long-term key of RFC 8489 section 9.2.2, MESSAGE-INTEGRITY (section
// 14.5, HMAC-SHA1, what browsers use) and MESSAGE-INTEGRITY-SHA256 (section 14.6), USERHASH (section 14.4)
// and the CRC-32 FINGERPRINT (section 14.7).
#pragma once

#include <string_view>

#include "overlay/base/bytes.h"
#include "relay/stun/digest.h"

namespace relay {

// RFC 8489 section 18.5; the numbers stand in PASSWORD-ALGORITHM.
enum class PasswordAlgorithm : std::uint16_t { kMd5 = 1, kSha256 = 2 };

// A digest of "username:realm:password", 16 or 32 bytes by its algorithm. Empty: no key.
class LongTermKey {
 public:
  LongTermKey() = default;
  explicit LongTermKey(overlay::Bytes bytes);

  [[nodiscard]] overlay::Bytes bytes() const { return overlay::Bytes(bytes_).first(size_); }
  operator overlay::Bytes() const { return bytes(); }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  bool operator==(const LongTermKey&) const = default;

 private:
  overlay::ByteArray<32> bytes_{};
  std::uint8_t size_ = 0;
};

[[nodiscard]] LongTermKey long_term_key(std::string_view username, std::string_view realm,
                                        std::string_view password,
                                        PasswordAlgorithm algorithm = PasswordAlgorithm::kMd5);

using UserHash = Sha256;
[[nodiscard]] UserHash user_hash(std::string_view username, std::string_view realm);

// Over a message up to, and not including, its integrity attribute; the header's length is counted as if the
// message ended with that attribute.
[[nodiscard]] Sha1 message_integrity(overlay::Bytes key, overlay::Bytes before_integrity);
[[nodiscard]] Sha256 message_integrity_sha256(overlay::Bytes key, overlay::Bytes before_integrity);

inline constexpr std::size_t kIntegritySize = 20;
// RFC 8489 section 14.6 lets a usage of STUN truncate it; TURN does not.
inline constexpr std::size_t kIntegritySha256Size = 32;

// Which of the two it is follows from the size of `integrity`. In constant time.
[[nodiscard]] bool integrity_matches(overlay::Bytes key, overlay::Bytes before_integrity,
                                     overlay::Bytes integrity);

// Over a message up to its FINGERPRINT, whose header already counts it.
[[nodiscard]] std::uint32_t fingerprint(overlay::Bytes before_fingerprint);
[[nodiscard]] bool fingerprint_matches(overlay::Bytes before_fingerprint, overlay::Bytes value);

}  // namespace relay
