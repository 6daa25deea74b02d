#include "overlay/crypto/certificate.h"

#include <gtest/gtest.h>

#include "overlay/crypto/node_identity.h"

namespace overlay {
namespace certificate_test {

class CertificateTest : public testing::Test {
 protected:
  CertificateTest() {
    crypto_init();
    ca = SigningKeyPair::generate(random);
    keys = NodeKeys::generate(random);
  }

  Certificate unsigned_certificate() {
    return {.node = NodeId(7),
            .name = "hub-aws-fra",
            .provider = "aws",
            .region = "fra",
            .zone = "a",
            .roles = static_cast<std::uint8_t>(NodeRole::kHub),
            .signing_key = keys.signing.public_key(),
            .exchange_key = keys.exchange.public_key(),
            .not_before = UnixSeconds(1000),
            .not_after = UnixSeconds(2000)};
  }

  SeededRandom random{3};
  SigningKeyPair ca;
  NodeKeys keys;
};

TEST_F(CertificateTest, is_read_as_it_was_written_and_verifies) {
  const auto issued = issue_certificate(ca, unsigned_certificate()).value();

  const auto read = parse_certificate(to_text(issued)).value();

  EXPECT_EQ(read, issued);
  EXPECT_TRUE(verify_certificate(read, ca.public_key(), UnixSeconds(1500)).has_value());
}

TEST_F(CertificateTest, is_refused_outside_its_time_and_under_another_ca) {
  const auto issued = issue_certificate(ca, unsigned_certificate()).value();
  const auto other_ca = SigningKeyPair::generate(random);

  EXPECT_EQ(verify_certificate(issued, ca.public_key(), UnixSeconds(999)).error(),
            CertificateError::kNotYetValid);
  EXPECT_EQ(verify_certificate(issued, ca.public_key(), UnixSeconds(2000)).error(),
            CertificateError::kExpired);
  EXPECT_EQ(verify_certificate(issued, other_ca.public_key(), UnixSeconds(1500)).error(),
            CertificateError::kBadSignature);
}

TEST_F(CertificateTest, no_byte_of_it_can_be_altered) {
  const ByteVector bytes = encode_certificate(issue_certificate(ca, unsigned_certificate()).value());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    ByteVector altered = bytes;
    altered[at] ^= 1;
    const auto decoded = decode_certificate(altered);
    EXPECT_FALSE(decoded && verify_certificate(*decoded, ca.public_key(), UnixSeconds(1500)))
        << "byte " << at;
  }
}

TEST_F(CertificateTest, labels_are_plain_and_bounded) {
  for (const std::string& name :
       {std::string(), std::string("Hub"), std::string("a b"), std::string(41, 'a')}) {
    Certificate bad = unsigned_certificate();
    bad.name = name;
    EXPECT_FALSE(issue_certificate(ca, bad).has_value()) << name;
  }
}

TEST_F(CertificateTest, the_longest_one_fits) {
  Certificate longest = unsigned_certificate();
  for (auto* label : {&longest.name, &longest.provider, &longest.region, &longest.zone})
    *label = std::string(kMaxLabelSize, 'x');

  EXPECT_LE(encode_certificate(issue_certificate(ca, longest).value()).size(), kMaxCertificateSize);
}

TEST_F(CertificateTest, an_identity_needs_the_key_that_the_certificate_names) {
  const auto issued = issue_certificate(ca, unsigned_certificate()).value();

  EXPECT_TRUE(NodeIdentity::make(parse_node_keys(to_text(keys)).value(), issued).has_value());
  EXPECT_FALSE(NodeIdentity::make(NodeKeys::generate(random), issued).has_value());
}

}  // namespace certificate_test
}  // namespace overlay
