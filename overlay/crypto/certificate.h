// The certificate that the cluster CA signs for a node. Fixed order, no options, at most kMaxCertificateSize
// bytes:
//
//   version = 1 (8) | roles (8) | node id (16) | not before (64) | not after (64) | signing key (256) |
//   exchange key (256) | name | provider | region | zone: each length (8) and text | signature by the CA
//   (512)
//
// The signature covers everything before it.
#pragma once

#include <cstdint>
#include <string>

#include "overlay/base/ids.h"
#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "overlay/crypto/keys.h"

namespace overlay {

inline constexpr std::size_t kMaxCertificateSize = 400;
// Limit of a name, provider, region or zone.
inline constexpr std::size_t kMaxLabelSize = 40;

enum class NodeRole : std::uint8_t { kEdge = 1, kHub = 2, kCenter = 4 };

struct Certificate {
  NodeId node;
  std::string name;
  std::string provider;
  std::string region;
  std::string zone;
  std::uint8_t roles = 0;  // bit set of NodeRole
  SigningPublicKey signing_key;
  ExchangePublicKey exchange_key;
  UnixSeconds not_before{};
  UnixSeconds not_after{};
  Signature signature{};

  [[nodiscard]] bool has_role(NodeRole role) const { return (roles & static_cast<std::uint8_t>(role)) != 0; }
  bool operator==(const Certificate&) const = default;
};

enum class CertificateError : std::uint8_t { kBadSignature, kExpired, kNotYetValid };
[[nodiscard]] const char* to_string(CertificateError error);

// Signs `certificate`. Fails when a label is empty, too long, or contains characters other than a-z, 0-9,
// '-', '.'.
[[nodiscard]] Result<Certificate> issue_certificate(const SigningKeyPair& ca, Certificate certificate);

// Checks signature and validity. The caller checks who presents the certificate.
[[nodiscard]] Result<Success, CertificateError> verify_certificate(const Certificate& certificate,
                                                                   const SigningPublicKey& ca,
                                                                   UnixSeconds now);

[[nodiscard]] ByteVector encode_certificate(const Certificate& certificate);
// Accepts exactly one certificate in canonical form.
[[nodiscard]] Result<Certificate> decode_certificate(Bytes bytes);

}  // namespace overlay
