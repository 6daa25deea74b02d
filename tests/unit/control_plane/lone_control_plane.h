// A control plane of one core, and the identities of its cluster.
#pragma once

#include <string>
#include <vector>

#include "relay/control_plane/control_plane.h"

namespace relay {

constexpr overlay::UnixSeconds kCalendar{1'790'000'000};

// The certificates and keys of the nodes 1, 2, ... of one cluster.
class TestCluster {
 public:
  explicit TestCluster(std::size_t nodes) {
    overlay::crypto_init();
    ca_ = overlay::SigningKeyPair::generate(random);
    for (std::size_t id = 1; id <= nodes; ++id)
      identities_.push_back(enroll(static_cast<std::uint16_t>(id)));
  }
  [[nodiscard]] const overlay::NodeIdentity& identity(std::uint16_t id) const { return identities_[id - 1U]; }
  [[nodiscard]] static overlay::Endpoint endpoint(std::uint16_t id) {
    return *overlay::Endpoint::parse("192.0.2." + std::to_string(id) + ":4700");
  }
  [[nodiscard]] ControlPlaneConfig config(std::uint16_t id) const {
    ControlPlaneConfig config;
    config.identity = &identity(id);
    config.cluster_ca = ca_.public_key();
    config.listen = config.advertise = {endpoint(id)};
    config.epoch = 1;
    return config;
  }

  overlay::SeededRandom random{11};

 private:
  [[nodiscard]] overlay::NodeIdentity enroll(std::uint16_t id) {
    const auto keys = overlay::NodeKeys::generate(random);
    auto certificate =
        overlay::issue_certificate(ca_, {.node = overlay::NodeId(id),
                                         .name = "n" + std::to_string(id),
                                         .provider = "p",
                                         .region = "r",
                                         .zone = "z",
                                         .roles = static_cast<std::uint8_t>(overlay::NodeRole::kHub),
                                         .signing_key = keys.signing.public_key(),
                                         .exchange_key = keys.exchange.public_key(),
                                         .not_before = kCalendar - std::chrono::hours(24),
                                         .not_after = kCalendar + std::chrono::hours(24)});
    return overlay::NodeIdentity::make(keys, std::move(certificate).value()).value();
  }

  overlay::SigningKeyPair ca_ = overlay::SigningKeyPair::generate(random);
  std::vector<overlay::NodeIdentity> identities_;
};

}  // namespace relay
