#include "overlay/crypto/media_cipher.h"

#include "overlay/base/wire.h"

namespace overlay {
namespace {

static_assert(crypto_aead_aes256gcm_ABYTES == kMediaTagSize);
static_assert(crypto_aead_chacha20poly1305_ietf_ABYTES == kMediaTagSize);

ByteArray<12> nonce_of(std::uint64_t counter) {
  ByteArray<12> nonce{};
  store_be(nonce.data() + 4, counter);
  return nonce;
}

}  // namespace

MediaCipher preferred_media_cipher() {
  static const bool has_aes = crypto_aead_aes256gcm_is_available() == 1;
  return has_aes ? MediaCipher::kAes256Gcm : MediaCipher::kChaCha20Poly1305;
}

std::uint32_t media_key_id(const ExchangePublicKey& key) {
  return load_be<std::uint32_t>(key.bytes().data());
}

MediaKey::MediaKey(const Secret<32>& key, MediaCipher cipher) : cipher_(cipher), key_(key) {
  if (cipher_ == MediaCipher::kAes256Gcm) crypto_aead_aes256gcm_beforenm(&aes_, key_.data());
}

void MediaKey::seal(std::uint64_t counter, Bytes associated, PacketBuffer& payload) const {
  const std::size_t size = payload.size();
  (void)payload.append(kMediaTagSize);
  std::uint8_t* data = payload.data();
  const auto nonce = nonce_of(counter);
  if (cipher_ == MediaCipher::kAes256Gcm) {
    crypto_aead_aes256gcm_encrypt_afternm(data, nullptr, data, size, associated.data(), associated.size(),
                                          nullptr, nonce.data(), &aes_);
    return;
  }
  crypto_aead_chacha20poly1305_ietf_encrypt(data, nullptr, data, size, associated.data(), associated.size(),
                                            nullptr, nonce.data(), key_.data());
}

bool MediaKey::open(std::uint64_t counter, Bytes associated, PacketBuffer& sealed) const {
  if (sealed.size() < kMediaTagSize) return false;
  std::uint8_t* data = sealed.data();
  const auto nonce = nonce_of(counter);
  const int failed =
      cipher_ == MediaCipher::kAes256Gcm
          ? crypto_aead_aes256gcm_decrypt_afternm(data, nullptr, nullptr, data, sealed.size(),
                                                  associated.data(), associated.size(), nonce.data(), &aes_)
          : crypto_aead_chacha20poly1305_ietf_decrypt(data, nullptr, nullptr, data, sealed.size(),
                                                      associated.data(), associated.size(), nonce.data(),
                                                      key_.data());
  if (failed != 0) return false;
  sealed.drop_back(kMediaTagSize);
  return true;
}

Result<MediaKey, Success> derive_media_key(const ExchangeKeyPair& own, const MediaFlowEnds& ends,
                                           MediaCipher cipher) {
  const bool own_is_ingress = own.public_key() == ends.ingress_key;
  DCHECK(own_is_ingress || own.public_key() == ends.egress_key);
  const auto shared = own.agree(own_is_ingress ? ends.egress_key : ends.ingress_key);
  if (!shared) return Unexpected(Success{});

  ByteArray<9 + 4 + 64> label{};
  ByteWriter writer(label);
  writer.bytes(as_bytes("cw-media"));
  writer.u8(static_cast<std::uint8_t>(cipher));
  writer.u16(ends.ingress.value());
  writer.u16(ends.egress.value());
  writer.bytes(ends.ingress_key.bytes());
  writer.bytes(ends.egress_key.bytes());
  CHECK(writer.ok());
  Secret<32> key;
  crypto_generichash(key.data(), Secret<32>::kSize, label.data(), label.size(), shared->data(),
                     Secret<32>::kSize);
  return MediaKey(key, cipher);
}

}  // namespace overlay
