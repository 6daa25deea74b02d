// The identity of a node: its keys, and the certificate that binds them to its name. The text files for them:
//
//   node.key     -----BEGIN CAUSEWAY NODE KEY-----      base64 of the two secrets
//   node.cert    -----BEGIN CAUSEWAY CERTIFICATE-----   base64 of the certificate
//   ca.key       -----BEGIN CAUSEWAY CA KEY-----        base64 of the CA's secret
//   ca.pub       -----BEGIN CAUSEWAY CA-----            base64 of the CA's public key
#pragma once

#include <string>
#include <string_view>

#include "overlay/base/result.h"
#include "overlay/crypto/certificate.h"
#include "overlay/crypto/keys.h"

namespace overlay {

struct NodeKeys {
  SigningKeyPair signing;
  ExchangeKeyPair exchange;

  [[nodiscard]] static NodeKeys generate(Random& random);
};

class NodeIdentity {
 public:
  // Fails when the certificate is for other keys.
  [[nodiscard]] static Result<NodeIdentity> make(const NodeKeys& keys, Certificate certificate);

  [[nodiscard]] NodeId node() const { return certificate_.node; }
  [[nodiscard]] const Certificate& certificate() const { return certificate_; }
  [[nodiscard]] const SigningKeyPair& signing() const { return keys_.signing; }
  [[nodiscard]] const ExchangeKeyPair& exchange() const { return keys_.exchange; }

 private:
  NodeIdentity(const NodeKeys& keys, Certificate certificate)
      : keys_(keys), certificate_(std::move(certificate)) {}

  NodeKeys keys_;
  Certificate certificate_;
};

// Conversion from and to the text files above. A parse error describes the text; the caller adds the file
// name.
[[nodiscard]] std::string to_text(const NodeKeys& keys);
[[nodiscard]] Result<NodeKeys> parse_node_keys(std::string_view text);
[[nodiscard]] std::string to_text(const Certificate& certificate);
[[nodiscard]] Result<Certificate> parse_certificate(std::string_view text);
[[nodiscard]] std::string ca_key_to_text(const SigningKeyPair& ca);
[[nodiscard]] Result<SigningKeyPair> parse_ca_key(std::string_view text);
[[nodiscard]] std::string ca_to_text(const SigningPublicKey& ca);
[[nodiscard]] Result<SigningPublicKey> parse_ca(std::string_view text);

}  // namespace overlay
