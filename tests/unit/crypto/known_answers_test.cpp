// Answers that others published, so that a wrong use of the library cannot pass unnoticed.
#include <algorithm>

#include <gtest/gtest.h>

#include "overlay/crypto/header_mac.h"
#include "overlay/crypto/keys.h"

namespace overlay {
namespace known_answers_test {

ByteVector from_hex(std::string_view hex) {
  ByteVector bytes(hex.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(2 * i, 2)), nullptr, 16));
  return bytes;
}

template <std::size_t N>
ByteArray<N> array_from_hex(std::string_view hex) {
  const ByteVector bytes = from_hex(hex);
  EXPECT_EQ(bytes.size(), N) << hex;
  ByteArray<N> array{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), N), array.begin());
  return array;
}

TEST(X25519, agrees_as_in_rfc_7748_section_6_1) {
  crypto_init();
  const ExchangePublicKey alice(
      array_from_hex<32>("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"));
  const auto bob = ExchangeKeyPair::from_secret(
      Secret<32>(array_from_hex<32>("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")));

  EXPECT_EQ(bob.public_key().bytes(),
            array_from_hex<32>("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"));
  EXPECT_EQ(
      bob.agree(alice).value(),
      Secret<32>(array_from_hex<32>("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")));
}

TEST(Ed25519, signs_as_in_rfc_8032_section_7_1) {
  crypto_init();
  const auto pair = SigningKeyPair::from_seed(
      Secret<32>(array_from_hex<32>("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")));
  const ByteVector message = from_hex("72");

  const Signature signature = pair.sign(message);

  EXPECT_EQ(pair.public_key().bytes(),
            array_from_hex<32>("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
  EXPECT_EQ(signature,
            array_from_hex<64>("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                               "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"));
  EXPECT_TRUE(verify_signature(pair.public_key(), message, signature));
  EXPECT_FALSE(verify_signature(pair.public_key(), from_hex("73"), signature));
}

// The example of the SipHash paper, appendix A: key 00..0f, message 00..0e.
TEST(SipHash, tags_as_its_authors_say) {
  crypto_init();
  ByteArray<16> key;
  ByteArray<15> message;
  for (std::size_t i = 0; i < key.size(); ++i)
    key[i] = static_cast<std::uint8_t>(i);
  for (std::size_t i = 0; i < message.size(); ++i)
    message[i] = static_cast<std::uint8_t>(i);
  ByteArray<8> tag;

  write_header_tag(Secret<16>(key), message, tag);

  EXPECT_EQ(tag, array_from_hex<8>("e545be4961ca29a1"));  // 0xa129ca6149be45e5, little-endian
  EXPECT_TRUE(verify_header_tag(Secret<16>(key), message, tag));
  tag[0] ^= 1;
  EXPECT_FALSE(verify_header_tag(Secret<16>(key), message, tag));
}

TEST(Base64, reads_what_it_wrote_and_refuses_the_rest) {
  const ByteArray<32> key{1, 2, 3};

  EXPECT_EQ(decode_key(encode_base64(key)).value(), key);
  EXPECT_FALSE(decode_key("AAAA").has_value());
  EXPECT_FALSE(decode_key("not base64 at all!").has_value());
}

}  // namespace known_answers_test
}  // namespace overlay
