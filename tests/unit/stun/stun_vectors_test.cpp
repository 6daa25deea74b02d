// The published test vectors of RFC 5769 and of RFC 8489 appendix B.
#include <gtest/gtest.h>

#include "relay/stun/stun_integrity.h"
#include "relay/stun/stun_reader.h"

namespace relay {
namespace stun_vectors_test {

using overlay::as_bytes;
using overlay::as_text;
using overlay::ByteVector;
using overlay::Endpoint;

constexpr std::string_view kShortTermPassword = "VOkJxbRl1RmTxUk/WvJxBt";
constexpr TransactionId kTransaction{0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae};
constexpr auto kSoftware = static_cast<StunAttribute>(0x8022);

// Section 2.1: integrity and fingerprint, padding of spaces.
constexpr std::string_view kRequest =
    "000100582112a442b7e7a701bc34d686fa87dfae"
    "802200105354554e207465737420636c69656e74"
    "002400046e0001ff"
    "80290008932ff9b151263b36"
    "000600096576746a3a68367659202020"
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004e57a3bcf";

// Section 2.2.
constexpr std::string_view kResponseV4 =
    "0101003c2112a442b7e7a701bc34d686fa87dfae"
    "8022000b7465737420766563746f7220"
    "002000080001a147e112a643"
    "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
    "80280004c07d4c96";

// Section 2.3.
constexpr std::string_view kResponseV6 =
    "010100482112a442b7e7a701bc34d686fa87dfae"
    "8022000b7465737420766563746f7220"
    "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
    "00080014a382954e4be67bf11784c97c8292c275bfe3ed41"
    "80280004c8fb0b4c";

// Section 2.4: long-term credentials, no fingerprint.
constexpr std::string_view kLongTermRequest =
    "000100602112a44278ad3433c6ad72c029da412e"
    "00060012e3839ee38388e383aae38383e382afe382b90000"
    "0015001c662f2f3439396b39353464364f4c33346f4c39465354767936347341"
    "0014000b6578616d706c652e6f726700"
    "00080014f67024656dd64a3e02b8e0712e85c9a28ca89666";

// RFC 8489 appendix B.1 as published, and as its verified erratum has it: with PASSWORD-ALGORITHM.
constexpr std::string_view kUserHashRequest =
    "0001009c2112a44278ad3433c6ad72c029da412e"
    "001e00204a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704"
    "001500296f624d61744a6f7332414141"
    "43662f2f3439396b39353464364f4c33346f4c39465354767936347341000000"
    "0014000b6578616d706c652e6f726700"
    "001c0020e4686c8f0edeb59013e07090010a93efccbccc544c0a45d9f830aa6d6f735a01";
constexpr std::string_view kCorrectedUserHashRequest =
    "000100902112a44278ad3433c6ad72c029da412e"
    "001e00204a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704"
    "001500296f624d61744a6f7332414141"
    "43662f2f3439396b39353464364f4c33346f4c39465354767936347341000000"
    "0014000b6578616d706c652e6f726700"
    "001d000400020000"
    "001c0020b5c7bf005b6c52a21c51c5e892f81924136296cb927c43149309278cc6518e65";

[[nodiscard]] ByteVector from_hex(std::string_view text) {
  ByteVector bytes;
  for (std::size_t i = 0; i < text.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(std::stoul(std::string(text.substr(i, 2)), nullptr, 16)));
  return bytes;
}

[[nodiscard]] bool is_signed_with(const StunReader& message, overlay::Bytes key) {
  return message.integrity() && integrity_matches(key, message.before_integrity(), *message.integrity());
}

TEST(StunVectors, request_of_section_2_1_is_read_and_verified) {
  const ByteVector bytes = from_hex(kRequest);

  const auto message = StunReader::parse(bytes);

  ASSERT_TRUE(message);
  EXPECT_EQ(message->type(), (StunType{StunMethod::kBinding, StunClass::kRequest}));
  EXPECT_EQ(message->transaction(), kTransaction);
  EXPECT_EQ(as_text(message->find(kSoftware).value()), "STUN test client");
  EXPECT_EQ(message->find_u32(StunAttribute::kPriority), 0x6e0001ffu);
  EXPECT_EQ(as_text(message->find(StunAttribute::kUsername).value()), "evtj:h6vY");
  EXPECT_TRUE(message->has_fingerprint());
  EXPECT_TRUE(is_signed_with(*message, as_bytes(kShortTermPassword)));
  EXPECT_FALSE(is_signed_with(*message, as_bytes("another password")));
}

TEST(StunVectors, ipv4_response_of_section_2_2_is_read_and_verified) {
  const ByteVector bytes = from_hex(kResponseV4);

  const auto message = StunReader::parse(bytes);

  ASSERT_TRUE(message);
  EXPECT_EQ(message->type(), (StunType{StunMethod::kBinding, StunClass::kSuccess}));
  EXPECT_EQ(as_text(message->find(kSoftware).value()), "test vector");
  EXPECT_EQ(message->find_xor_address(StunAttribute::kXorMappedAddress),
            Endpoint::parse("192.0.2.1:32853").value());
  EXPECT_TRUE(message->has_fingerprint());
  EXPECT_TRUE(is_signed_with(*message, as_bytes(kShortTermPassword)));
}

TEST(StunVectors, ipv6_response_of_section_2_3_is_read_and_verified) {
  const ByteVector bytes = from_hex(kResponseV6);

  const auto message = StunReader::parse(bytes);

  ASSERT_TRUE(message);
  EXPECT_EQ(message->find_xor_address(StunAttribute::kXorMappedAddress),
            Endpoint::parse("[2001:db8:1234:5678:11:2233:4455:6677]:32853").value());
  EXPECT_TRUE(message->has_fingerprint());
  EXPECT_TRUE(is_signed_with(*message, as_bytes(kShortTermPassword)));
}

TEST(StunVectors, long_term_request_of_section_2_4_is_read_and_verified) {
  const ByteVector bytes = from_hex(kLongTermRequest);

  const auto message = StunReader::parse(bytes);

  ASSERT_TRUE(message);
  const auto username = as_text(message->find(StunAttribute::kUsername).value());
  EXPECT_EQ(username, "マトリックス");
  EXPECT_EQ(as_text(message->find(StunAttribute::kNonce).value()), "f//499k954d6OL34oL9FSTvy64sA");
  EXPECT_EQ(as_text(message->find(StunAttribute::kRealm).value()), "example.org");
  EXPECT_FALSE(message->has_fingerprint());
  EXPECT_TRUE(is_signed_with(*message, long_term_key(username, "example.org", "TheMatrIX")));
  EXPECT_FALSE(is_signed_with(*message, long_term_key(username, "example.org", "the matrix")));
}

TEST(StunVectors, user_hash_request_of_rfc_8489_is_read_and_verified) {
  const ByteVector bytes = from_hex(kCorrectedUserHashRequest);

  const auto message = StunReader::parse(bytes);

  ASSERT_TRUE(message);
  const std::string_view username = "マトリックス";
  EXPECT_EQ(as_text(message->find(StunAttribute::kUserHash).value()),
            as_text(user_hash(username, "example.org")));
  EXPECT_EQ(as_text(message->find(StunAttribute::kNonce).value()),
            "obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA");
  EXPECT_EQ(message->find_u32(StunAttribute::kPasswordAlgorithm), 2u << 16);
  EXPECT_TRUE(message->has_sha256_integrity());
  const auto key = [&](PasswordAlgorithm algorithm) {
    return long_term_key(username, "example.org", "TheMatrIX", algorithm);
  };
  EXPECT_TRUE(is_signed_with(*message, key(PasswordAlgorithm::kSha256)));
  EXPECT_FALSE(is_signed_with(*message, key(PasswordAlgorithm::kMd5)));
}

// Its header counts more than there is: the erratum's reason.
TEST(StunVectors, user_hash_request_as_first_published_is_cut_off) {
  EXPECT_FALSE(StunReader::parse(from_hex(kUserHashRequest)));
}

TEST(StunVectors, a_changed_bit_anywhere_is_noticed) {
  const ByteVector bytes = from_hex(kRequest);

  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    ByteVector changed = bytes;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1u << bit % 8));

    const auto message = StunReader::parse(changed);

    EXPECT_FALSE(message && message->has_fingerprint()) << "bit " << bit;
  }
}

TEST(StunVectors, a_cut_off_message_is_not_read) {
  const ByteVector bytes = from_hex(kLongTermRequest);

  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(StunReader::parse(overlay::Bytes(bytes).first(size))) << size << " bytes";
}

TEST(StunVectors, what_begins_at_an_odd_address_is_read) {
  ByteVector bytes = from_hex(kResponseV6);
  bytes.insert(bytes.begin(), 0);

  const auto message = StunReader::parse(overlay::Bytes(bytes).subspan(1));

  ASSERT_TRUE(message);
  EXPECT_TRUE(is_signed_with(*message, as_bytes(kShortTermPassword)));
}

}  // namespace stun_vectors_test
}  // namespace relay
