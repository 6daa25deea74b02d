#include "relay/stun/stun_integrity.h"

#include <algorithm>
#include <array>

#include "overlay/base/check.h"
#include "overlay/base/wire.h"
#include "relay/stun/stun_message.h"

namespace relay {
namespace {

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit)
      value = (value >> 1) ^ ((value & 1) != 0 ? 0xEDB88320u : 0u);
    table[i] = value;
  }
  return table;
}
constexpr auto kCrcTable = make_crc_table();

// The header as it would be if the message ended with an integrity attribute of that size.
overlay::ByteArray<kStunHeaderSize> header_ending_with(std::size_t integrity_size,
                                                       overlay::Bytes before_integrity) {
  CHECK(before_integrity.size() >= kStunHeaderSize);
  overlay::ByteArray<kStunHeaderSize> header;
  std::ranges::copy(before_integrity.first(kStunHeaderSize), header.begin());
  overlay::store_be(header.data() + 2, static_cast<std::uint16_t>(before_integrity.size() - kStunHeaderSize +
                                                                  4 + integrity_size));
  return header;
}

}  // namespace

LongTermKey::LongTermKey(overlay::Bytes bytes) : size_(static_cast<std::uint8_t>(bytes.size())) {
  CHECK(bytes.size() <= bytes_.size());
  std::ranges::copy(bytes, bytes_.begin());
}

LongTermKey long_term_key(std::string_view username, std::string_view realm, std::string_view password,
                          PasswordAlgorithm algorithm) {
  using overlay::as_bytes;
  const overlay::Bytes colon = as_bytes(":");
  const Pieces text{as_bytes(username), colon, as_bytes(realm), colon, as_bytes(password)};
  return algorithm == PasswordAlgorithm::kMd5 ? LongTermKey(md5(text)) : LongTermKey(sha256(text));
}

UserHash user_hash(std::string_view username, std::string_view realm) {
  return sha256({overlay::as_bytes(username), overlay::as_bytes(":"), overlay::as_bytes(realm)});
}

Sha1 message_integrity(overlay::Bytes key, overlay::Bytes before_integrity) {
  const auto header = header_ending_with(kIntegritySize, before_integrity);
  return hmac_sha1(key, {header, before_integrity.subspan(kStunHeaderSize)});
}

Sha256 message_integrity_sha256(overlay::Bytes key, overlay::Bytes before_integrity) {
  const auto header = header_ending_with(kIntegritySha256Size, before_integrity);
  return hmac_sha256(key, {header, before_integrity.subspan(kStunHeaderSize)});
}

bool integrity_matches(overlay::Bytes key, overlay::Bytes before_integrity, overlay::Bytes integrity) {
  return integrity.size() == kIntegritySize
             ? equal_in_constant_time(message_integrity(key, before_integrity), integrity)
             : equal_in_constant_time(message_integrity_sha256(key, before_integrity), integrity);
}

std::uint32_t fingerprint(overlay::Bytes before_fingerprint) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : before_fingerprint)
    crc = kCrcTable[(crc ^ byte) & 0xFF] ^ (crc >> 8);
  return ~crc ^ 0x5354554E;
}

bool fingerprint_matches(overlay::Bytes before_fingerprint, overlay::Bytes value) {
  return value.size() == 4 &&
         overlay::load_be<std::uint32_t>(value.data()) == fingerprint(before_fingerprint);
}

}  // namespace relay
