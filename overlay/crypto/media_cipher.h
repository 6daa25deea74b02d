// Seals media end to end, between an ingress and an egress. Both nodes derive the keys by X25519 from keys in
// their signed link-state records, so sealing needs no round trip.
#pragma once

#include <cstdint>

#include <sodium.h>

#include "overlay/base/bytes.h"
#include "overlay/base/ids.h"
#include "overlay/base/packet_buffer.h"
#include "overlay/base/result.h"
#include "overlay/crypto/keys.h"

namespace overlay {

enum class MediaCipher : std::uint8_t { kChaCha20Poly1305 = 1, kAes256Gcm = 2 };

// The fastest cipher of this machine. AES-256-GCM needs CPU instructions.
[[nodiscard]] MediaCipher preferred_media_cipher();

inline constexpr std::size_t kMediaTagSize = 16;

// Names a media key on the wire: the first four bytes of the public key.
[[nodiscard]] std::uint32_t media_key_id(const ExchangePublicKey& key);

// The key of one direction between two nodes. Copyable; about 512 bytes.
class MediaKey {
 public:
  MediaKey() = default;
  MediaKey(const Secret<32>& key, MediaCipher cipher);

  // Seals in place and appends kMediaTagSize bytes. Use a counter once with a key.
  void seal(std::uint64_t counter, Bytes associated, PacketBuffer& payload) const;
  // Opens in place and removes the tag. False when the tag is wrong; the buffer is then unusable.
  [[nodiscard]] bool open(std::uint64_t counter, Bytes associated, PacketBuffer& sealed) const;

 private:
  MediaCipher cipher_ = MediaCipher::kChaCha20Poly1305;
  Secret<32> key_;
  alignas(16) crypto_aead_aes256gcm_state aes_{};
};

// The key for media from `ingress` to `egress`. `own` is the key pair of one end. Both ends derive the same
// key; the two directions and two ciphers have different keys. Fails for a peer key of low order.
struct MediaFlowEnds {
  NodeId ingress;
  NodeId egress;
  ExchangePublicKey ingress_key;
  ExchangePublicKey egress_key;
};
[[nodiscard]] Result<MediaKey, Success> derive_media_key(const ExchangeKeyPair& own,
                                                         const MediaFlowEnds& ends, MediaCipher cipher);

}  // namespace overlay
