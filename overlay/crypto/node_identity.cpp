#include "overlay/crypto/node_identity.h"

#include <cstring>

namespace overlay {
namespace {

constexpr std::string_view kNodeKey = "CAUSEWAY NODE KEY";
constexpr std::string_view kCertificate = "CAUSEWAY CERTIFICATE";
constexpr std::string_view kCaKey = "CAUSEWAY CA KEY";
constexpr std::string_view kCa = "CAUSEWAY CA";

std::string begin_of(std::string_view what) {
  return "-----BEGIN " + std::string(what) + "-----\n";
}
std::string end_of(std::string_view what) {
  return "-----END " + std::string(what) + "-----\n";
}

std::string armour(std::string_view what, Bytes bytes) {
  constexpr std::size_t kLine = 64;
  const std::string base64 = encode_base64(bytes);
  std::string text = begin_of(what);
  for (std::size_t at = 0; at < base64.size(); at += kLine)
    text += base64.substr(at, kLine) + "\n";
  return text + end_of(what);
}

Result<ByteVector> unarmour(std::string_view what, std::string_view text) {
  const std::string begin = begin_of(what);
  const std::string end = end_of(what).substr(0, end_of(what).size() - 1);
  const auto from = text.find(begin);
  const auto to = text.find(end);
  if (from == std::string_view::npos || to == std::string_view::npos || to < from + begin.size())
    return failure("no \"" + begin.substr(0, begin.size() - 1) + "\" block in it");
  return decode_base64(text.substr(from + begin.size(), to - from - begin.size()));
}

Result<Secret<32>> unarmour_secret(std::string_view what, std::string_view text) {
  const auto bytes = unarmour(what, text);
  if (!bytes) return Unexpected(bytes.error());
  if (bytes->size() != 32)
    return failure("the key block must hold 32 bytes; it holds " + std::to_string(bytes->size()));
  Secret<32> secret;
  std::memcpy(secret.data(), bytes->data(), 32);
  return secret;
}

}  // namespace

NodeKeys NodeKeys::generate(Random& random) {
  return {.signing = SigningKeyPair::generate(random), .exchange = ExchangeKeyPair::generate(random)};
}

Result<NodeIdentity> NodeIdentity::make(const NodeKeys& keys, Certificate certificate) {
  if (certificate.signing_key != keys.signing.public_key() ||
      certificate.exchange_key != keys.exchange.public_key())
    return failure(
        "the certificate of \"" + certificate.name +
        "\" is for another key; use the key and the certificate that one `causeway node enroll` wrote");
  return NodeIdentity(keys, std::move(certificate));
}

std::string to_text(const NodeKeys& keys) {
  Secret<64> both;
  std::memcpy(both.data(), keys.signing.seed().data(), 32);
  std::memcpy(both.data() + 32, keys.exchange.secret().data(), 32);
  return armour(kNodeKey, both.expose());
}

Result<NodeKeys> parse_node_keys(std::string_view text) {
  const auto bytes = unarmour(kNodeKey, text);
  if (!bytes) return Unexpected(bytes.error());
  if (bytes->size() != 64)
    return failure("a node key block holds 64 bytes; this holds " + std::to_string(bytes->size()));
  Secret<32> seed;
  Secret<32> secret;
  std::memcpy(seed.data(), bytes->data(), 32);
  std::memcpy(secret.data(), bytes->data() + 32, 32);
  return NodeKeys{.signing = SigningKeyPair::from_seed(seed),
                  .exchange = ExchangeKeyPair::from_secret(secret)};
}

std::string to_text(const Certificate& certificate) {
  return armour(kCertificate, encode_certificate(certificate));
}

Result<Certificate> parse_certificate(std::string_view text) {
  const auto bytes = unarmour(kCertificate, text);
  if (!bytes) return Unexpected(bytes.error());
  return decode_certificate(*bytes);
}

std::string ca_key_to_text(const SigningKeyPair& ca) {
  return armour(kCaKey, ca.seed().expose());
}

Result<SigningKeyPair> parse_ca_key(std::string_view text) {
  const auto seed = unarmour_secret(kCaKey, text);
  if (!seed) return Unexpected(seed.error());
  return SigningKeyPair::from_seed(*seed);
}

std::string ca_to_text(const SigningPublicKey& ca) {
  return armour(kCa, ca.bytes());
}

Result<SigningPublicKey> parse_ca(std::string_view text) {
  const auto bytes = unarmour(kCa, text);
  if (!bytes) return Unexpected(bytes.error());
  if (bytes->size() != 32)
    return failure("a CA's public key has 32 bytes; this has " + std::to_string(bytes->size()));
  ByteArray<32> key;
  std::memcpy(key.data(), bytes->data(), key.size());
  return SigningPublicKey(key);
}

}  // namespace overlay
