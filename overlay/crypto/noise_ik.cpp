#include "overlay/crypto/noise_ik.h"

#include <cstring>

#include <sodium.h>

namespace overlay {
namespace {

constexpr std::string_view kProtocolName = "Noise_IK_25519_ChaChaPoly_SHA256";
static_assert(kProtocolName.size() == 32, "a name of exactly HASHLEN bytes is the initial hash itself");
constexpr std::size_t kTag = crypto_aead_chacha20poly1305_ietf_ABYTES;

Secret<32> hmac(const Secret<32>& key, Bytes data) {
  Secret<32> out;
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key.data(), Secret<32>::kSize);
  crypto_auth_hmacsha256_update(&state, data.data(), data.size());
  crypto_auth_hmacsha256_final(&state, out.data());
  return out;
}

struct TwoKeys {
  Secret<32> first;
  Secret<32> second;
};

// HKDF with two outputs (Noise section 4.3).
TwoKeys hkdf(const Secret<32>& chaining_key, Bytes input) {
  const Secret<32> temp = hmac(chaining_key, input);
  const ByteArray<1> one{1};
  TwoKeys out;
  out.first = hmac(temp, one);
  Secret<33> first_and_two;
  std::memcpy(first_and_two.data(), out.first.data(), 32);
  first_and_two.data()[32] = 2;
  out.second = hmac(temp, first_and_two.expose());
  return out;
}

// 32 zero bits, then the counter in little-endian order (Noise section 12.3).
ByteArray<12> nonce_of(std::uint64_t counter) {
  ByteArray<12> nonce{};
  for (std::size_t i = 0; i < 8; ++i)
    nonce[4 + i] = static_cast<std::uint8_t>(counter >> (8 * i));
  return nonce;
}

}  // namespace

NoiseIk::NoiseIk(const ExchangeKeyPair& own, const ExchangePublicKey& responder, Bytes prologue,
                 const ExchangeKeyPair& ephemeral)
    : static_(own), ephemeral_(ephemeral) {
  std::memcpy(hash_.data(), kProtocolName.data(), hash_.size());
  std::memcpy(chaining_key_.data(), hash_.data(), hash_.size());
  mix_hash(prologue);
  mix_hash(responder.bytes());
}

NoiseIk NoiseIk::initiator(const ExchangeKeyPair& own, const ExchangePublicKey& responder, Bytes prologue,
                           const ExchangeKeyPair& ephemeral) {
  NoiseIk state(own, responder, prologue, ephemeral);
  state.remote_ = responder;
  return state;
}

NoiseIk NoiseIk::responder(const ExchangeKeyPair& own, Bytes prologue, const ExchangeKeyPair& ephemeral) {
  return NoiseIk(own, own.public_key(), prologue, ephemeral);
}

Result<ByteVector, NoiseError> NoiseIk::write_initiation(Bytes payload) {
  ByteVector message(ephemeral_.public_key().bytes().begin(), ephemeral_.public_key().bytes().end());
  mix_hash(ephemeral_.public_key().bytes());
  if (!mix_agreement(ephemeral_, remote_)) return Unexpected(NoiseError::kLowOrderKey);
  encrypt_and_hash(static_.public_key().bytes(), message);
  if (!mix_agreement(static_, remote_)) return Unexpected(NoiseError::kLowOrderKey);
  encrypt_and_hash(payload, message);
  return message;
}

Result<ByteVector, NoiseError> NoiseIk::read_initiation(Bytes message) {
  if (message.size() < kInitiationOverhead) return Unexpected(NoiseError::kTooShort);
  ByteArray<32> key;
  std::memcpy(key.data(), message.data(), key.size());
  remote_ephemeral_ = ExchangePublicKey(key);
  mix_hash(key);
  if (!mix_agreement(static_, remote_ephemeral_)) return Unexpected(NoiseError::kLowOrderKey);
  const auto remote_static = decrypt_and_hash(message.subspan(32, 48));
  if (!remote_static) return Unexpected(NoiseError::kBadTag);
  std::memcpy(key.data(), remote_static->data(), key.size());
  remote_ = ExchangePublicKey(key);
  if (!mix_agreement(static_, remote_)) return Unexpected(NoiseError::kLowOrderKey);
  auto payload = decrypt_and_hash(message.subspan(80));
  if (!payload) return Unexpected(NoiseError::kBadTag);
  return std::move(*payload);
}

Result<ByteVector, NoiseError> NoiseIk::write_response(Bytes payload) {
  ByteVector message(ephemeral_.public_key().bytes().begin(), ephemeral_.public_key().bytes().end());
  mix_hash(ephemeral_.public_key().bytes());
  if (!mix_agreement(ephemeral_, remote_ephemeral_)) return Unexpected(NoiseError::kLowOrderKey);
  if (!mix_agreement(ephemeral_, remote_)) return Unexpected(NoiseError::kLowOrderKey);
  encrypt_and_hash(payload, message);
  return message;
}

Result<ByteVector, NoiseError> NoiseIk::read_response(Bytes message) {
  if (message.size() < kResponseOverhead) return Unexpected(NoiseError::kTooShort);
  ByteArray<32> key;
  std::memcpy(key.data(), message.data(), key.size());
  remote_ephemeral_ = ExchangePublicKey(key);
  mix_hash(key);
  if (!mix_agreement(ephemeral_, remote_ephemeral_)) return Unexpected(NoiseError::kLowOrderKey);
  if (!mix_agreement(static_, remote_ephemeral_)) return Unexpected(NoiseError::kLowOrderKey);
  auto payload = decrypt_and_hash(message.subspan(32));
  if (!payload) return Unexpected(NoiseError::kBadTag);
  return std::move(*payload);
}

NoiseTransportKeys NoiseIk::split() const {
  const TwoKeys keys = hkdf(chaining_key_, {});
  return {.initiator_sends = keys.first, .responder_sends = keys.second};
}

void NoiseIk::mix_hash(Bytes data) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, hash_.data(), hash_.size());
  crypto_hash_sha256_update(&state, data.data(), data.size());
  crypto_hash_sha256_final(&state, hash_.data());
}

void NoiseIk::mix_key(const Secret<32>& input) {
  const TwoKeys keys = hkdf(chaining_key_, input.expose());
  chaining_key_ = keys.first;
  key_ = keys.second;
  nonce_ = 0;
}

bool NoiseIk::mix_agreement(const ExchangeKeyPair& own, const ExchangePublicKey& other) {
  const auto shared = own.agree(other);
  if (shared) mix_key(*shared);
  return shared.has_value();
}

void NoiseIk::encrypt_and_hash(Bytes plaintext, ByteVector& out) {
  const std::size_t begin = out.size();
  out.resize(begin + plaintext.size() + kTag);
  crypto_aead_chacha20poly1305_ietf_encrypt(out.data() + begin, nullptr, plaintext.data(), plaintext.size(),
                                            hash_.data(), hash_.size(), nullptr, nonce_of(nonce_++).data(),
                                            key_.data());
  mix_hash(Bytes(out).subspan(begin));
}

std::optional<ByteVector> NoiseIk::decrypt_and_hash(Bytes ciphertext) {
  ByteVector plaintext(ciphertext.size() - kTag);
  if (crypto_aead_chacha20poly1305_ietf_decrypt(plaintext.data(), nullptr, nullptr, ciphertext.data(),
                                                ciphertext.size(), hash_.data(), hash_.size(),
                                                nonce_of(nonce_).data(), key_.data()) != 0)
    return std::nullopt;
  ++nonce_;
  mix_hash(ciphertext);
  return plaintext;
}

}  // namespace overlay
