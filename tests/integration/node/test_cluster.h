// Keys, certificates and configurations of a small cluster on loopback, in a temporary folder.
#pragma once

#include <cstdint>
#include <string>

#include "overlay/base/endpoint.h"
#include "overlay/crypto/node_identity.h"
#include "overlay/loop/system_random.h"
#include "tests/integration/node/temporary_folder.h"

namespace relay {

// A port of 127.0.0.1 that nobody uses now.
[[nodiscard]] overlay::Endpoint free_udp_port();

struct TestNode {
  std::string name;
  std::uint16_t id = 0;
  overlay::Endpoint overlay_port;
  overlay::Endpoint turn_port;  // edges only
  overlay::ExchangePublicKey key;
  std::string config_file;
  std::string admin_socket;
};

class TestCluster {
 public:
  TestCluster();

  // Writes keys, certificate and configuration. `seed`: a hub that was added before, running or not.
  TestNode add_hub(const std::string& name, std::uint16_t id);
  TestNode add_edge(const std::string& name, std::uint16_t id, const TestNode& seed, int cores = 1);
  // Listens on all addresses, and says so only to the kernel.
  TestNode add_wildcard_hub(const std::string& name, std::uint16_t id);

  [[nodiscard]] const TemporaryFolder& folder() const { return folder_; }
  // From now on nodes are enrolled by another CA than the one that they trust.
  void change_ca() { ca_ = overlay::SigningKeyPair::generate(random_); }

 private:
  [[nodiscard]] TestNode enroll(const std::string& name, std::uint16_t id, overlay::NodeRole role);
  [[nodiscard]] std::string common_part(const TestNode& node, std::string_view role) const;

  TemporaryFolder folder_;
  overlay::SystemRandom random_;
  overlay::SigningKeyPair ca_;
};

}  // namespace relay
