// Types for keys: Ed25519 (RFC 8032) signs, X25519 (RFC 7748) agrees on a secret.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "overlay/base/bytes.h"
#include "overlay/base/random.h"
#include "overlay/base/result.h"
#include "overlay/crypto/secret.h"

namespace overlay {

// Call this before any other function of this room. Idempotent and thread-safe.
void crypto_init();

template <typename Tag>
class PublicKey {
 public:
  static constexpr std::size_t kSize = 32;
  constexpr PublicKey() = default;
  constexpr explicit PublicKey(const ByteArray<kSize>& bytes) : bytes_(bytes) {}
  [[nodiscard]] const ByteArray<kSize>& bytes() const { return bytes_; }
  auto operator<=>(const PublicKey&) const = default;

 private:
  ByteArray<kSize> bytes_{};
};

using SigningPublicKey = PublicKey<struct SigningTag>;
using ExchangePublicKey = PublicKey<struct ExchangeTag>;
using Signature = ByteArray<64>;

// Base64 with padding (RFC 4648 section 4): the text form of public keys in configuration files and in
// `causeway node enroll`.
[[nodiscard]] std::string encode_base64(Bytes bytes);
[[nodiscard]] Result<ByteVector> decode_base64(std::string_view text);
[[nodiscard]] Result<ByteArray<32>> decode_key(std::string_view base64);

class SigningKeyPair {
 public:
  [[nodiscard]] static SigningKeyPair generate(Random& random);
  [[nodiscard]] static SigningKeyPair from_seed(const Secret<32>& seed);

  [[nodiscard]] const SigningPublicKey& public_key() const { return public_key_; }
  [[nodiscard]] const Secret<32>& seed() const { return seed_; }
  [[nodiscard]] Signature sign(Bytes message) const;

 private:
  Secret<32> seed_;
  Secret<64> secret_;
  SigningPublicKey public_key_;
};

[[nodiscard]] bool verify_signature(const SigningPublicKey& key, Bytes message, const Signature& signature);

class ExchangeKeyPair {
 public:
  [[nodiscard]] static ExchangeKeyPair generate(Random& random);
  [[nodiscard]] static ExchangeKeyPair from_secret(const Secret<32>& secret);

  [[nodiscard]] const ExchangePublicKey& public_key() const { return public_key_; }
  [[nodiscard]] const Secret<32>& secret() const { return secret_; }
  // Fails for a key of low order, because everybody could compute the result.
  [[nodiscard]] Result<Secret<32>, Success> agree(const ExchangePublicKey& other) const;

 private:
  Secret<32> secret_;
  ExchangePublicKey public_key_;
};

}  // namespace overlay
