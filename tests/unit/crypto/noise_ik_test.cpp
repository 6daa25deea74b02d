#include "overlay/crypto/noise_ik.h"

#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sodium.h>

namespace overlay {
namespace noise_ik_test {

ByteVector from_hex(const std::string& hex) {
  ByteVector bytes(hex.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
  return bytes;
}

ExchangeKeyPair pair_from_hex(const std::string& hex) {
  Secret<32> secret;
  const ByteVector bytes = from_hex(hex);
  EXPECT_EQ(bytes.size(), secret.kSize) << hex;
  std::copy_n(bytes.begin(), std::min(bytes.size(), secret.kSize), secret.data());
  return ExchangeKeyPair::from_secret(secret);
}

// A transport message of the vectors: nonce 0, no associated data.
ByteVector seal_first(const Secret<32>& key, Bytes plaintext) {
  const ByteArray<12> nonce{};
  ByteVector out(plaintext.size() + 16);
  crypto_aead_chacha20poly1305_ietf_encrypt(out.data(), nullptr, plaintext.data(), plaintext.size(), nullptr,
                                            0, nullptr, nonce.data(), key.data());
  return out;
}

nlohmann::json public_vectors() {
  std::ifstream file(NOISE_VECTORS);
  return nlohmann::json::parse(file).at("vectors");
}

TEST(NoiseIk, agrees_with_public_vectors) {
  crypto_init();
  const auto vectors = public_vectors();
  ASSERT_FALSE(vectors.empty());
  for (const auto& vector : vectors) {
    ASSERT_FALSE(vector.contains("init_psks") && !vector["init_psks"].empty());
    const auto initiator_static = pair_from_hex(vector["init_static"]);
    const auto responder_static = pair_from_hex(vector["resp_static"]);
    const ByteVector prologue = from_hex(vector["init_prologue"]);
    auto initiator = NoiseIk::initiator(initiator_static, responder_static.public_key(), prologue,
                                        pair_from_hex(vector["init_ephemeral"]));
    auto responder = NoiseIk::responder(responder_static, prologue, pair_from_hex(vector["resp_ephemeral"]));
    const auto& messages = vector["messages"];
    const auto payload = [&](std::size_t i) { return from_hex(messages[i]["payload"]); };
    const auto ciphertext = [&](std::size_t i) { return from_hex(messages[i]["ciphertext"]); };

    EXPECT_EQ(initiator.write_initiation(payload(0)).value(), ciphertext(0));
    EXPECT_EQ(responder.read_initiation(ciphertext(0)).value(), payload(0));
    EXPECT_EQ(responder.remote(), initiator_static.public_key());
    EXPECT_EQ(responder.write_response(payload(1)).value(), ciphertext(1));
    EXPECT_EQ(initiator.read_response(ciphertext(1)).value(), payload(1));
    EXPECT_EQ(seal_first(initiator.split().initiator_sends, payload(2)), ciphertext(2));
    EXPECT_EQ(seal_first(responder.split().responder_sends, payload(3)), ciphertext(3));
  }
}

TEST(NoiseIk, an_altered_message_is_refused) {
  crypto_init();
  SeededRandom random(7);
  const auto responder_static = ExchangeKeyPair::generate(random);
  auto initiator = NoiseIk::initiator(ExchangeKeyPair::generate(random), responder_static.public_key(), {},
                                      ExchangeKeyPair::generate(random));
  const ByteVector message = initiator.write_initiation(as_bytes("certificate")).value();

  for (std::size_t at = 0; at < message.size(); ++at) {
    ByteVector altered = message;
    altered[at] ^= 1;
    auto responder = NoiseIk::responder(responder_static, {}, ExchangeKeyPair::generate(random));
    EXPECT_FALSE(responder.read_initiation(altered).has_value()) << "byte " << at;
  }
}

TEST(NoiseIk, a_key_of_low_order_is_refused) {
  crypto_init();
  SeededRandom random(7);
  auto initiator = NoiseIk::initiator(ExchangeKeyPair::generate(random), ExchangePublicKey{}, {},
                                      ExchangeKeyPair::generate(random));

  EXPECT_EQ(initiator.write_initiation({}).error(), NoiseError::kLowOrderKey);
}

}  // namespace noise_ik_test
}  // namespace overlay
