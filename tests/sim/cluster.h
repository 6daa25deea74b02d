// Data that the nodes of one simulated cluster share: the CA, addresses, TURN secrets. Derived from the seed.
#pragma once

#include <cstdint>
#include <map>

#include "overlay/base/random.h"
#include "overlay/crypto/node_identity.h"
#include "relay/control_plane/control_plane.h"
#include "relay/data_plane/data_plane.h"
#include "tests/sim/layout.h"
#include "tests/sim/turn_messages.h"

namespace sim {

// The seeds of a node.
enum class SeedHubs : std::uint8_t {
  kNearest,  // the nearest hub of each provider, as an operator would configure it
  kFirst,    // the first hub of each provider in the layout, the same for all nodes
};

struct ClusterOptions {
  SeedHubs seed_hubs = SeedHubs::kNearest;
  std::vector<std::string> impostors;  // nodes whose certificates another CA signed
};

class Cluster {
 public:
  // Certificates are valid for a year on both sides of `calendar`. The layout outlives the cluster, and the
  // cluster the nodes.
  Cluster(const Layout& layout, std::uint64_t seed, overlay::UnixSeconds calendar, ClusterOptions options);

  [[nodiscard]] relay::ControlPlaneConfig control_config(const NodeSpec& spec) const;
  [[nodiscard]] relay::DataPlaneConfig data_config(const NodeSpec& spec) const;
  [[nodiscard]] overlay::Endpoint turn_address(const NodeSpec& spec) const;
  [[nodiscard]] const TurnCredentials& credentials() const { return credentials_; }

 private:
  void enroll(const NodeSpec& spec, const overlay::SigningKeyPair& ca, overlay::UnixSeconds calendar);
  [[nodiscard]] std::vector<overlay::NeighborAddress> seeds_of(const NodeSpec& spec) const;

  const Layout& layout_;
  ClusterOptions options_;
  overlay::SeededRandom random_;
  overlay::SigningPublicKey ca_;
  std::map<overlay::NodeId, overlay::NodeIdentity> identities_;
  overlay::ByteArray<32> nonce_key_{};
  TurnCredentials credentials_;
};

}  // namespace sim
