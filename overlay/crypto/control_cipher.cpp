#include "overlay/crypto/control_cipher.h"

#include <sodium.h>

#include "overlay/base/wire.h"

namespace overlay {
namespace {

static_assert(crypto_aead_chacha20poly1305_ietf_ABYTES == kControlTagSize);

ByteArray<12> nonce_of(std::uint64_t sequence) {
  ByteArray<12> nonce{};
  store_be(nonce.data() + 4, sequence);
  return nonce;
}

}  // namespace

void seal_control_payload(const Secret<32>& key, std::uint64_t sequence, Bytes associated,
                          PacketBuffer& payload) {
  const std::size_t size = payload.size();
  (void)payload.append(kControlTagSize);
  std::uint8_t* data = payload.data();
  crypto_aead_chacha20poly1305_ietf_encrypt(data, nullptr, data, size, associated.data(), associated.size(),
                                            nullptr, nonce_of(sequence).data(), key.data());
}

bool open_control(const Secret<32>& key, std::uint64_t sequence, Bytes associated, PacketBuffer& sealed) {
  if (sealed.size() < kControlTagSize) return false;
  std::uint8_t* data = sealed.data();
  if (crypto_aead_chacha20poly1305_ietf_decrypt(data, nullptr, nullptr, data, sealed.size(),
                                                associated.data(), associated.size(),
                                                nonce_of(sequence).data(), key.data()) != 0)
    return false;
  sealed.drop_back(kControlTagSize);
  return true;
}

}  // namespace overlay
