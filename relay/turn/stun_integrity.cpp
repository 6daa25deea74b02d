#include "relay/turn/stun_integrity.h"

#include <array>
#include <cstring>
#include <string>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "overlay/base/check.h"
#include "overlay/base/packet_buffer.h"
#include "overlay/base/wire.h"
#include "relay/turn/stun_message.h"

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

}  // namespace

LongTermKey long_term_key(std::string_view username, std::string_view realm, std::string_view password) {
  std::string text;
  text.append(username).append(":").append(realm).append(":").append(password);
  LongTermKey key;
  unsigned size = 0;
  CHECK(EVP_Digest(text.data(), text.size(), key.data(), &size, EVP_md5(), nullptr) == 1 &&
        size == key.size());
  OPENSSL_cleanse(text.data(), text.size());
  return key;
}

Integrity hmac_sha1(overlay::Bytes key, overlay::Bytes data) {
  Integrity mac;
  unsigned size = 0;
  CHECK(HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), data.data(), data.size(), mac.data(),
             &size) != nullptr &&
        size == mac.size());
  return mac;
}

Integrity message_integrity(overlay::Bytes key, overlay::Bytes before_integrity) {
  CHECK(before_integrity.size() >= kStunHeaderSize &&
        before_integrity.size() <= overlay::PacketBuffer::kCapacity);
  // The message as it would be if it ended with MESSAGE-INTEGRITY.
  std::array<std::uint8_t, overlay::PacketBuffer::kCapacity> message;
  std::memcpy(message.data(), before_integrity.data(), before_integrity.size());
  overlay::store_be(message.data() + 2, static_cast<std::uint16_t>(before_integrity.size() - kStunHeaderSize +
                                                                   4 + kIntegritySize));
  return hmac_sha1(key, overlay::Bytes(message).first(before_integrity.size()));
}

bool equal_in_constant_time(overlay::Bytes a, overlay::Bytes b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool integrity_matches(overlay::Bytes key, overlay::Bytes before_integrity, overlay::Bytes integrity) {
  return equal_in_constant_time(message_integrity(key, before_integrity), integrity);
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
