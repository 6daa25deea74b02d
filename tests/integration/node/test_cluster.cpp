#include "tests/integration/node/test_cluster.h"

#include "overlay/io/udp_socket.h"
#include "overlay/loop/system_clock.h"

namespace relay {

overlay::Endpoint free_udp_port() {
  return overlay::UdpSocket::open(overlay::Endpoint::parse("127.0.0.1:0").value()).value().local();
}

TestCluster::TestCluster() : ca_(overlay::SigningKeyPair::generate(random_)) {
  folder_.write("ca.pub", overlay::ca_to_text(ca_.public_key()));
}

TestNode TestCluster::enroll(const std::string& name, std::uint16_t id, overlay::NodeRole role) {
  const auto keys = overlay::NodeKeys::generate(random_);
  const overlay::Instant now = overlay::system_now();
  const overlay::UnixSeconds today = overlay::system_wall_clock().at(now);
  const auto certificate = overlay::issue_certificate(ca_, {.node = overlay::NodeId(id),
                                                            .name = name,
                                                            .provider = "aws",
                                                            .region = "fra",
                                                            .zone = "a",
                                                            .roles = static_cast<std::uint8_t>(role),
                                                            .signing_key = keys.signing.public_key(),
                                                            .exchange_key = keys.exchange.public_key(),
                                                            .not_before = today - std::chrono::hours(1),
                                                            .not_after = today + std::chrono::hours(1)});
  folder_.write(name + ".key", overlay::to_text(keys));
  folder_.write(name + ".cert", overlay::to_text(certificate.value()));
  return {.name = name,
          .id = id,
          .overlay_port = free_udp_port(),
          .turn_port = {},
          .key = keys.exchange.public_key(),
          .config_file = folder_.file(name + ".yaml"),
          .admin_socket = folder_.file(name + ".sock")};
}

std::string TestCluster::common_part(const TestNode& node, std::string_view role) const {
  return "node:\n  roles: [" + std::string(role) + "]\n  identity: " + node.name +
         ".key\n  certificate: " + node.name +
         ".cert\n  cluster_ca: ca.pub\nadmin:\n  socket: " + node.admin_socket + "\noverlay:\n  listen: \"" +
         node.overlay_port.to_string() + "\"\n";
}

TestNode TestCluster::add_hub(const std::string& name, std::uint16_t id) {
  const TestNode hub = enroll(name, id, overlay::NodeRole::kHub);
  folder_.write(name + ".yaml", common_part(hub, "hub"));
  return hub;
}

TestNode TestCluster::add_wildcard_hub(const std::string& name, std::uint16_t id) {
  const TestNode hub = enroll(name, id, overlay::NodeRole::kHub);
  TestNode everywhere = hub;
  everywhere.overlay_port.address = overlay::IpAddress::v4({});
  folder_.write(name + ".yaml",
                common_part(everywhere, "hub") + "  advertise: \"" + hub.overlay_port.to_string() + "\"\n");
  return hub;
}

TestNode TestCluster::add_edge(const std::string& name, std::uint16_t id, const TestNode& seed, int cores) {
  TestNode edge = enroll(name, id, overlay::NodeRole::kEdge);
  edge.turn_port = free_udp_port();
  folder_.write(name + ".yaml", common_part(edge, "edge") + "  seeds:\n    - {name: " + seed.name +
                                    ", endpoint: \"" + seed.overlay_port.to_string() + "\", key: \"" +
                                    overlay::encode_base64(seed.key.bytes()) + "\"}\nturn:\n  listen: \"" +
                                    edge.turn_port.to_string() +
                                    "\"\n  relay_addresses: [127.0.0.1]\n  allow_private_relay_addresses: "
                                    "true\n  users: [{name: alice, password: wonderland}]\ncores: " +
                                    std::to_string(cores) + "\n");
  return edge;
}

}  // namespace relay
