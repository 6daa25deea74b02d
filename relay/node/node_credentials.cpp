#include "relay/node/node_credentials.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <string>
#include <utility>

namespace relay {
namespace {

using overlay::failure;
using overlay::Result;

constexpr std::size_t kMaxFileSize = 64 * 1024;

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return failure(path + " cannot be read: " + std::strerror(errno));
  std::string text(kMaxFileSize, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

// Reads a file and parses it; errors name the file.
template <typename T>
Result<T> parse_file(const std::string& path, Result<T> (*parse)(std::string_view)) {
  const auto text = read_file(path);
  if (!text) return failure(text.error().message);
  auto parsed = parse(*text);
  if (!parsed) return failure(path + ": " + parsed.error().message);
  return parsed;
}

std::string roles_of(bool is_edge, bool is_hub) {
  if (is_edge && is_hub) return "edge and hub";
  return is_edge ? "edge" : is_hub ? "hub" : "neither edge nor hub";
}

overlay::Status check_roles(const NodeSection& node, const overlay::Certificate& certificate) {
  const bool may_edge = certificate.has_role(overlay::NodeRole::kEdge);
  const bool may_hub = certificate.has_role(overlay::NodeRole::kHub);
  const bool is_granted = (may_edge || !node.is_edge) && (may_hub || !node.is_hub);
  if (is_granted) return overlay::ok();
  return failure(node.certificate.path + " is for " + roles_of(may_edge, may_hub) + ", but node.roles says " +
                 roles_of(node.is_edge, node.is_hub) + "; change node.roles, or enroll the node again");
}

constexpr overlay::UnixSeconds kEndOfTime(std::numeric_limits<std::int64_t>::max() / 2);

std::string label_of(std::string_view host_name) {
  std::string label;
  for (const char c : host_name.substr(0, overlay::kMaxLabelSize))
    label += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return label;
}

}  // namespace

NodeCredentials make_lone_credentials(std::string_view host_name, overlay::Random& random) {
  const auto ca = overlay::SigningKeyPair::generate(random);
  const auto keys = overlay::NodeKeys::generate(random);
  overlay::Certificate subject{.node = overlay::NodeId(1),
                               .name = label_of(host_name),
                               .provider = "none",
                               .region = "none",
                               .zone = "none",
                               .roles = static_cast<std::uint8_t>(overlay::NodeRole::kEdge),
                               .signing_key = keys.signing.public_key(),
                               .exchange_key = keys.exchange.public_key(),
                               .not_before = {},
                               .not_after = kEndOfTime};
  auto certificate = overlay::issue_certificate(ca, subject);
  if (!certificate) {
    subject.name = "edge";
    certificate = overlay::issue_certificate(ca, subject);
  }
  auto identity = overlay::NodeIdentity::make(keys, std::move(certificate).value());
  return {.identity = std::move(identity).value(), .cluster_ca = ca.public_key()};
}

Result<NodeCredentials> load_credentials(const NodeSection& node, overlay::UnixSeconds now) {
  const auto ca = parse_file(node.cluster_ca.path, overlay::parse_ca);
  if (!ca) return failure(ca.error().message);
  const auto keys = parse_file(node.identity.path, overlay::parse_node_keys);
  if (!keys) return failure(keys.error().message);
  auto certificate = parse_file(node.certificate.path, overlay::parse_certificate);
  if (!certificate) return failure(certificate.error().message);

  if (const auto verified = overlay::verify_certificate(*certificate, *ca, now); !verified)
    return failure(node.certificate.path + ": " + overlay::to_string(verified.error()) +
                   " (checked against " + node.cluster_ca.path +
                   "); enroll the node again with causeway node enroll");
  if (const auto granted = check_roles(node, *certificate); !granted) return failure(granted.error().message);
  auto identity = overlay::NodeIdentity::make(*keys, std::move(certificate).value());
  if (!identity)
    return failure(node.certificate.path + " does not belong to " + node.identity.path + ": " +
                   identity.error().message);
  return NodeCredentials{.identity = std::move(identity).value(), .cluster_ca = *ca};
}

}  // namespace relay
