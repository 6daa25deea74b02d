#include "overlay/crypto/keys.h"

#include <sodium.h>

namespace overlay {

void crypto_init() {
  CHECK(sodium_init() >= 0);
}

std::string encode_base64(Bytes bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // its terminating zero
  return text;
}

Result<ByteVector> decode_base64(std::string_view text) {
  if (text.empty())
    return ByteVector{};  // the C function below must not get a null pointer, even for 0 bytes
  ByteVector bytes(text.size());
  std::size_t size = 0;
  const char* end = nullptr;
  const int failed = sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), " \r\n\t", &size,
                                       &end, sodium_base64_VARIANT_ORIGINAL);
  if (failed != 0 || end != text.data() + text.size())
    return failure("not base64 (RFC 4648 section 4, with padding)");
  bytes.resize(size);
  return bytes;
}

Result<ByteArray<32>> decode_key(std::string_view base64) {
  const auto bytes = decode_base64(base64);
  if (!bytes) return failure("a key is 44 characters of base64; this is " + bytes.error().message);
  if (bytes->size() != 32)
    return failure("a key is 32 bytes in base64 (44 characters); this has " + std::to_string(bytes->size()) +
                   " bytes");
  ByteArray<32> key;
  std::memcpy(key.data(), bytes->data(), key.size());
  return key;
}

SigningKeyPair SigningKeyPair::generate(Random& random) {
  Secret<32> seed;
  random.fill(seed.expose());
  return from_seed(seed);
}

SigningKeyPair SigningKeyPair::from_seed(const Secret<32>& seed) {
  SigningKeyPair pair;
  ByteArray<32> public_key;
  pair.seed_ = seed;
  crypto_sign_seed_keypair(public_key.data(), pair.secret_.data(), seed.data());
  pair.public_key_ = SigningPublicKey(public_key);
  return pair;
}

Signature SigningKeyPair::sign(Bytes message) const {
  Signature signature;
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), secret_.data());
  return signature;
}

bool verify_signature(const SigningPublicKey& key, Bytes message, const Signature& signature) {
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(), key.bytes().data()) ==
         0;
}

ExchangeKeyPair ExchangeKeyPair::generate(Random& random) {
  Secret<32> secret;
  random.fill(secret.expose());
  return from_secret(secret);
}

ExchangeKeyPair ExchangeKeyPair::from_secret(const Secret<32>& secret) {
  ExchangeKeyPair pair;
  ByteArray<32> public_key;
  pair.secret_ = secret;
  crypto_scalarmult_base(public_key.data(), secret.data());
  pair.public_key_ = ExchangePublicKey(public_key);
  return pair;
}

Result<Secret<32>, Success> ExchangeKeyPair::agree(const ExchangePublicKey& other) const {
  Secret<32> shared;
  if (crypto_scalarmult(shared.data(), secret_.data(), other.bytes().data()) != 0)
    return Unexpected(Success{});
  return shared;
}

}  // namespace overlay
