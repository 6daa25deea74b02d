// End-to-end media sealing between an ingress and an egress. The keys of one pair of nodes come from an
// X25519 agreement between keys that their signed link-state records carry, so sealing needs no round trip.
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

// The fastest cipher that this machine runs: AES-256-GCM needs instructions of the CPU.
[[nodiscard]] MediaCipher preferred_media_cipher();

inline constexpr std::size_t kMediaTagSize = 16;

// Names a media key on the wire: the first four bytes of the public key.
[[nodiscard]] std::uint32_t media_key_id(const ExchangePublicKey& key);

// The secret of one direction between two nodes, ready to use. Copyable; about half a kilobyte.
class MediaKey {
 public:
  MediaKey() = default;
  MediaKey(const Secret<32>& key, MediaCipher cipher);

  // In place; appends kMediaTagSize bytes. A counter is used once under a key.
  void seal(std::uint64_t counter, Bytes associated, PacketBuffer& payload) const;
  // In place; strips the tag. False, with the buffer unusable, when it is wrong.
  [[nodiscard]] bool open(std::uint64_t counter, Bytes associated, PacketBuffer& sealed) const;

 private:
  MediaCipher cipher_ = MediaCipher::kChaCha20Poly1305;
  Secret<32> key_;
  alignas(16) crypto_aead_aes256gcm_state aes_{};
};

// The key for media from `ingress` to `egress`, of which `own` belongs to one and `peer` to the other. Both
// ends derive the same; the two directions, and two ciphers, differ. Fails for a peer key of low order.
struct MediaFlowEnds {
  NodeId ingress;
  NodeId egress;
  ExchangePublicKey ingress_key;
  ExchangePublicKey egress_key;
};
[[nodiscard]] Result<MediaKey, Success> derive_media_key(const ExchangeKeyPair& own,
                                                         const MediaFlowEnds& ends, MediaCipher cipher);

}  // namespace overlay
