// The configuration of an edge of an overlay, without a mistake. Tests of errors know its lines by number.
#pragma once

#include <string_view>

namespace relay {

inline constexpr std::string_view kEdgeYaml = R"(node:
  roles: [edge]
  identity: node.key
  certificate: node.cert
  cluster_ca: ca.pub
overlay:
  listen: 192.0.2.1:7000
  seeds:
    - {name: hub, endpoint: "203.0.113.1:7000", key: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
turn:
  listen: 192.0.2.1:3478
  relay_addresses: 192.0.2.1
  rest_secrets: a-long-secret
)";

}  // namespace relay
