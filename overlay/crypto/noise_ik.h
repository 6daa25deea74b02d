// Noise_IK_25519_ChaChaPoly_SHA256 (Noise Protocol Framework, revision 34). Two messages; both ends are
// authenticated; the initiator knows the static key of the responder in advance.
//
//   <- s
//   -> e, es, s, ss, payload
//   <- e, ee, se, payload
#pragma once

#include <optional>

#include "overlay/base/bytes.h"
#include "overlay/base/result.h"
#include "overlay/crypto/keys.h"

namespace overlay {

enum class NoiseError : std::uint8_t { kTooShort, kBadTag, kLowOrderKey };

// The two transport keys, named by their sender.
struct NoiseTransportKeys {
  Secret<32> initiator_sends;
  Secret<32> responder_sends;
};

class NoiseIk {
 public:
  // Bytes that a message adds to its payload.
  static constexpr std::size_t kInitiationOverhead = 32 + 48 + 16;
  static constexpr std::size_t kResponseOverhead = 32 + 16;

  [[nodiscard]] static NoiseIk initiator(const ExchangeKeyPair& own, const ExchangePublicKey& responder,
                                         Bytes prologue, const ExchangeKeyPair& ephemeral);
  [[nodiscard]] static NoiseIk responder(const ExchangeKeyPair& own, Bytes prologue,
                                         const ExchangeKeyPair& ephemeral);

  // Initiator.
  [[nodiscard]] Result<ByteVector, NoiseError> write_initiation(Bytes payload);
  [[nodiscard]] Result<ByteVector, NoiseError> read_response(Bytes message);
  // Responder. A peer proves that it holds remote() when it uses the keys of the response; message 1 alone
  // may be a replay.
  [[nodiscard]] Result<ByteVector, NoiseError> read_initiation(Bytes message);
  [[nodiscard]] Result<ByteVector, NoiseError> write_response(Bytes payload);

  [[nodiscard]] const ExchangePublicKey& remote() const { return remote_; }
  // After the second message.
  [[nodiscard]] NoiseTransportKeys split() const;
  [[nodiscard]] const ByteArray<32>& handshake_hash() const { return hash_; }

 private:
  NoiseIk(const ExchangeKeyPair& own, const ExchangePublicKey& responder, Bytes prologue,
          const ExchangeKeyPair& ephemeral);

  void mix_hash(Bytes data);
  void mix_key(const Secret<32>& input);
  [[nodiscard]] bool mix_agreement(const ExchangeKeyPair& own, const ExchangePublicKey& other);
  void encrypt_and_hash(Bytes plaintext, ByteVector& out);
  [[nodiscard]] std::optional<ByteVector> decrypt_and_hash(Bytes ciphertext);

  ExchangeKeyPair static_;
  ExchangeKeyPair ephemeral_;
  ExchangePublicKey remote_;
  ExchangePublicKey remote_ephemeral_;
  ByteArray<32> hash_{};
  Secret<32> chaining_key_;
  Secret<32> key_;
  std::uint64_t nonce_ = 0;
};

}  // namespace overlay
