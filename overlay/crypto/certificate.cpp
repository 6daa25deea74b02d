#include "overlay/crypto/certificate.h"

#include <algorithm>

#include "overlay/base/wire.h"

namespace overlay {
namespace {

constexpr std::uint8_t kVersion = 1;

bool is_label(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return !text.empty() && text.size() <= kMaxLabelSize && std::ranges::all_of(text, allowed);
}

Result<Success> check_labels(const Certificate& certificate) {
  for (const auto& [what, text] :
       {std::pair{"name", &certificate.name}, std::pair{"provider", &certificate.provider},
        std::pair{"region", &certificate.region}, std::pair{"zone", &certificate.zone}})
    if (!is_label(*text))
      return failure("the node's " + std::string(what) + " \"" + *text + "\" must have 1 to " +
                     std::to_string(kMaxLabelSize) + " characters of a-z, 0-9, '-' and '.'");
  if (certificate.node == kNoNode) return failure("the node's id must be 1 to 65535");
  return Success{};
}

void write_label(ByteWriter& writer, std::string_view text) {
  writer.u8(static_cast<std::uint8_t>(text.size()));
  writer.bytes(as_bytes(text));
}

std::string read_label(ByteReader& reader) {
  const std::size_t size = reader.u8();
  return std::string(as_text(reader.bytes(size)));
}

ByteVector encode_unsigned(const Certificate& certificate) {
  ByteArray<kMaxCertificateSize> storage;
  ByteWriter writer(storage);
  writer.u8(kVersion);
  writer.u8(certificate.roles);
  writer.u16(certificate.node.value());
  writer.u64(static_cast<std::uint64_t>(certificate.not_before.count()));
  writer.u64(static_cast<std::uint64_t>(certificate.not_after.count()));
  writer.bytes(certificate.signing_key.bytes());
  writer.bytes(certificate.exchange_key.bytes());
  for (const auto* label : {&certificate.name, &certificate.provider, &certificate.region, &certificate.zone})
    write_label(writer, *label);
  CHECK(writer.ok());
  return {writer.written().begin(), writer.written().end()};
}

}  // namespace

const char* to_string(CertificateError error) {
  switch (error) {
    case CertificateError::kBadSignature:
      return "certificate is not signed by this cluster's CA";
    case CertificateError::kExpired:
      return "certificate has expired";
    case CertificateError::kNotYetValid:
      return "certificate is not valid yet";
  }
  return "certificate is invalid";
}

Result<Certificate> issue_certificate(const SigningKeyPair& ca, Certificate certificate) {
  if (const auto labels = check_labels(certificate); !labels) return Unexpected(labels.error());
  if (certificate.roles == 0) return failure("a node needs at least one role: edge, hub or center");
  certificate.signature = ca.sign(encode_unsigned(certificate));
  return certificate;
}

Result<Success, CertificateError> verify_certificate(const Certificate& certificate,
                                                     const SigningPublicKey& ca, UnixSeconds now) {
  if (!verify_signature(ca, encode_unsigned(certificate), certificate.signature))
    return Unexpected(CertificateError::kBadSignature);
  if (now < certificate.not_before) return Unexpected(CertificateError::kNotYetValid);
  if (now >= certificate.not_after) return Unexpected(CertificateError::kExpired);
  return Success{};
}

ByteVector encode_certificate(const Certificate& certificate) {
  ByteVector bytes = encode_unsigned(certificate);
  bytes.insert(bytes.end(), certificate.signature.begin(), certificate.signature.end());
  return bytes;
}

Result<Certificate> decode_certificate(Bytes bytes) {
  ByteReader reader(bytes);
  if (bytes.size() > kMaxCertificateSize || reader.u8() != kVersion)
    return failure("not a certificate of version 1");
  Certificate certificate;
  certificate.roles = reader.u8();
  certificate.node = NodeId(reader.u16());
  certificate.not_before = UnixSeconds(static_cast<std::int64_t>(reader.u64()));
  certificate.not_after = UnixSeconds(static_cast<std::int64_t>(reader.u64()));
  certificate.signing_key = SigningPublicKey(reader.array<32>());
  certificate.exchange_key = ExchangePublicKey(reader.array<32>());
  for (auto* label : {&certificate.name, &certificate.provider, &certificate.region, &certificate.zone})
    *label = read_label(reader);
  certificate.signature = reader.array<64>();
  if (!reader.done()) return failure("a certificate that is cut off or has trailing bytes");
  if (const auto labels = check_labels(certificate); !labels) return Unexpected(labels.error());
  return certificate;
}

}  // namespace overlay
