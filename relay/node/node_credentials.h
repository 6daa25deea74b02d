// The identity of this node and the CA that it trusts, from the files of the configuration.
#pragma once

#include <string_view>

#include "overlay/base/random.h"
#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "overlay/crypto/keys.h"
#include "overlay/crypto/node_identity.h"
#include "relay/config/config.h"

namespace relay {

struct NodeCredentials {
  overlay::NodeIdentity identity;
  overlay::SigningPublicKey cluster_ca;
};

// Fails when a file cannot be read, the certificate is not from the cluster's CA, is not valid at `now`, is
// for other keys, or grants other roles than the configuration claims.
[[nodiscard]] overlay::Result<NodeCredentials> load_credentials(const NodeSection& node,
                                                                overlay::UnixSeconds now);

// For an edge without an overlay: generated at start and never shown to another node. Its name is the host
// name, with characters that a node name allows.
[[nodiscard]] NodeCredentials make_lone_credentials(std::string_view host_name, overlay::Random& random);

}  // namespace relay
