#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/config/config_load.h"

namespace relay {
namespace config_test {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::string_view kMinimalHub = R"(node:
  roles: [hub]
  identity: node.key
  certificate: node.cert
  cluster_ca: ca.pub
overlay:
  listen: 192.0.2.1:7000
)";

constexpr std::string_view kFullEdge = R"(node:
  roles: [edge]
  identity: /etc/causeway/node.key
  certificate: /etc/causeway/node.cert
  cluster_ca: /etc/causeway/ca.pub
overlay:
  listen: ["192.0.2.1:7000", "[2001:db8::1]:7000"]
  advertise: ["198.51.100.1:7000"]
  seeds:
    - {name: hub-aws-fra, endpoint: "203.0.113.1:7000", key: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
  homes: 2
  probe: {fast: 20ms, idle: 1.5s}
  liveness: {suspect_after: 4, confirm_after: 120ms, hold_up: 2s}
turn:
  listen: 192.0.2.1:3478
  listeners:
    - {address: "192.0.2.1:5349", transports: [tls, dtls]}
    - {address: "192.0.2.1:443", transports: [tcp, tls], proxy_protocol_from: [10.0.0.0/8], https_backend: "127.0.0.1:8443", proxy_protocol_to_backend: true}
  tls: {certificate: chain.pem, key: key.pem}
  relay_addresses: [192.0.2.1, "2001:db8::1"]
  relay_ports: 50000-50999
  shared_relay_ports: 8
  default_address_family: ipv4
  realm: example.org
  software: Causeway
  rest_secrets: ["first secret: \"quoted\"", second-secret]
  users:
    - {name: alice, password: wonderland}
    - {name: bob, key: bc807ee29df3c9ffa736523fb2c4e8ee}
  nonce_keys: ["000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"]
  peers: {allow: 10.0.0.0/8, deny: ["2001:db8::/32"]}
  lifetime: {default: 5m, unasked: 2m, max: 30m}
  limits:
    allocations_per_tenant: 40
    allocations_per_source: 4
    permissions: 20
    channels: 10
    new_peers_per_second: 3
    bandwidth_per_allocation: 8Mbit
    bandwidth_per_tenant: 1Gbit
    bandwidth_burst: 100ms
    challenges_per_second: 1000
  alternatives: ["198.51.100.10:3478"]
  tls_alternatives: ["198.51.100.10:5349"]
  protocol: {rest_sha256: true, strict_channel_range: true}
  tcp_relay: {enabled: false, connections: 60, connections_per_allocation: 6}
  max_allocations: 500
  max_allocations_per_user: 5
  max_connections: 300
  max_connections_per_source: 3
admin: {socket: /tmp/admin.sock}
metrics: {listen: "127.0.0.1:9641"}
log: {level: debug}
packet_io: {coalescing: 50us, relay_ports: steered, relay_port_linger: 20s, xdp: [eth0, ens5]}
usage_log: {to: usage.jsonl, interval: 1m}
listen_when: start
cores: auto
)";

constexpr std::string_view kLoneEdge = R"(turn:
  listen: ["192.0.2.1:3478", "192.0.2.2:3478", "[2001:db8::1]:3478"]
  rest_secrets: first-secret
)";

TEST(Config, fills_in_every_default_of_a_minimal_hub) {
  const auto config = load_config(kMinimalHub, "/etc/causeway/hub.yaml");

  ASSERT_TRUE(config.has_value());
  EXPECT_TRUE(config->node.is_hub);
  EXPECT_FALSE(config->node.is_edge);
  EXPECT_FALSE(config->turn.has_value());
  EXPECT_EQ(config->overlay->advertise, config->overlay->listen);
  EXPECT_EQ(config->overlay->probe.fast, 10ms);
  EXPECT_EQ(config->overlay->liveness.suspect_after, 3u);
  EXPECT_EQ(config->admin.socket, "/run/causeway/admin.sock");
  EXPECT_EQ(config->packet_io.coalescing, 0us);
  EXPECT_EQ(config->cores, 1);
}

TEST(Config, reads_every_key) {
  const auto config = load_config(kFullEdge, "edge.yaml");

  ASSERT_TRUE(config.has_value()) << config.error().front().to_string();
  EXPECT_THAT(config->overlay->listen, SizeIs(2));
  ASSERT_THAT(config->overlay->seeds, SizeIs(1));
  EXPECT_EQ(config->overlay->seeds[0].exchange_key[31], 31);
  EXPECT_EQ(config->overlay->probe.idle, 1500ms);
  EXPECT_EQ(config->turn->relay_ports.last, 50999);
  EXPECT_EQ(config->turn->shared_relay_ports, 8u);
  EXPECT_EQ(config->turn->default_family, DefaultFamily::kIpv4);
  EXPECT_EQ(config->turn->software, "Causeway");
  EXPECT_EQ(config->turn->rest_secrets[0].reveal(), "first secret: \"quoted\"");
  EXPECT_THAT(config->turn->nonce_keys[0].reveal(), SizeIs(32));
  EXPECT_EQ(config->turn->peers.allow[0].to_string(), "10.0.0.0/8");
  EXPECT_EQ(config->turn->lifetime.initial, 5min);
  EXPECT_EQ(config->turn->lifetime.unasked, 2min);
  EXPECT_EQ(config->turn->limits, (LimitsConfig{.allocations_per_tenant = 40,
                                                .allocations_per_source = 4,
                                                .permissions = 20,
                                                .channels = 10,
                                                .new_peers_per_second = 3,
                                                .bandwidth_per_allocation = 1'000'000,
                                                .bandwidth_per_tenant = 125'000'000,
                                                .bandwidth_burst = 100ms,
                                                .challenges_per_second = 1000}));
  EXPECT_EQ(config->turn->tcp_relay,
            (TcpRelayConfig{.is_enabled = false, .connections = 60, .connections_per_allocation = 6}));
  EXPECT_EQ(config->turn->alternatives.front().to_string(), "198.51.100.10:3478");
  EXPECT_EQ(config->turn->tls_alternatives.front().to_string(), "198.51.100.10:5349");
  EXPECT_TRUE(config->turn->protocol.rest_sha256);
  EXPECT_TRUE(config->turn->protocol.strict_channel_range);
  EXPECT_EQ(config->metrics.listen, overlay::Endpoint::parse("127.0.0.1:9641").value());
  EXPECT_EQ(config->packet_io.relay_ports, RelayPorts::kSteered);
  EXPECT_EQ(config->log.level, overlay::Level::kDebug);
  EXPECT_EQ(config->usage_log.to, "usage.jsonl");
  EXPECT_EQ(config->usage_log.interval, 1min);
  EXPECT_EQ(config->packet_io.coalescing, 50us);
  EXPECT_EQ(config->packet_io.relay_port_linger, 20s);
  EXPECT_THAT(config->packet_io.xdp, testing::ElementsAre("eth0", "ens5"));
  EXPECT_EQ(config->listen_when, ListenWhen::kStart);
  EXPECT_FALSE(config->cores.has_value());
}

TEST(Config, reads_listeners_with_their_transports) {
  using overlay::Transport;

  const auto config = load_config(kFullEdge, "/etc/causeway/edge.yaml");

  ASSERT_TRUE(config.has_value()) << config.error().front().to_string();
  const auto listeners = config->turn->all_listeners();
  ASSERT_THAT(listeners, SizeIs(3));
  EXPECT_EQ(listeners[0].address.to_string(), "192.0.2.1:3478");
  EXPECT_THAT(listeners[0].transports, ElementsAre(Transport::kUdp, Transport::kTcp));
  EXPECT_THAT(listeners[1].transports, ElementsAre(Transport::kTls, Transport::kDtls));
  EXPECT_EQ(listeners[2].proxy_protocol_from.at(0).to_string(), "10.0.0.0/8");
  EXPECT_EQ(listeners[2].https_backend->to_string(), "127.0.0.1:8443");
  EXPECT_TRUE(listeners[2].proxy_protocol_to_backend);
  EXPECT_FALSE(listeners[1].proxy_protocol_to_backend);
  EXPECT_EQ(config->turn->tls.key.path, "/etc/causeway/key.pem");
  EXPECT_EQ(config->turn->max_connections, 300u);
}

TEST(Config, needs_no_listen_with_listeners) {
  const auto config = load_config(
      "turn:\n  listeners: [{address: \"192.0.2.7:3478\", transports: udp}]\n  rest_secrets: first-secret\n",
      "edge.yaml");

  ASSERT_TRUE(config.has_value()) << config.error().front().to_string();
  EXPECT_EQ(config->turn->relay_addresses.at(0).to_string(), "192.0.2.7");
}

TEST(Config, is_an_edge_on_its_own_without_an_overlay_section) {
  const auto config = load_config(kLoneEdge, "/etc/causeway/edge.yaml");

  ASSERT_TRUE(config.has_value()) << config.error().front().to_string();
  EXPECT_TRUE(config->node.is_edge);
  EXPECT_FALSE(config->node.is_hub);
  EXPECT_FALSE(config->overlay.has_value());
  EXPECT_TRUE(config->node.identity.empty());
  EXPECT_EQ(config->packet_io.coalescing, 150us);
  EXPECT_EQ(config->packet_io.relay_port_linger, 10s);
}

TEST(Config, relays_from_the_first_address_of_each_family_that_clients_call) {
  const auto config = load_config(kLoneEdge, "/etc/causeway/edge.yaml");

  ASSERT_TRUE(config.has_value()) << config.error().front().to_string();
  EXPECT_THAT(config->turn->relay_addresses, ElementsAre(overlay::IpAddress::parse("192.0.2.1").value(),
                                                         overlay::IpAddress::parse("2001:db8::1").value()));
}

TEST(Config, treats_an_empty_list_of_relay_addresses_as_absent) {
  const auto config =
      load_config(std::string(kLoneEdge) + "  relay_addresses: []\n", "/etc/causeway/edge.yaml");

  ASSERT_TRUE(config.has_value()) << config.error().front().to_string();
  EXPECT_THAT(config->turn->relay_addresses, SizeIs(2));
}

TEST(Config, has_tcp_allocations_when_they_are_asked_for) {
  const auto config =
      load_config(std::string(kLoneEdge) + "  tcp_relay: {enabled: true}\n", "/etc/causeway/edge.yaml");

  ASSERT_TRUE(config.has_value()) << config.error().front().to_string();
  EXPECT_EQ(config->turn->tcp_relay, (TcpRelayConfig{.is_enabled = true}));
  EXPECT_FALSE(load_config(kLoneEdge, "/etc/causeway/edge.yaml")->turn->tcp_relay.is_enabled);
}

// Two addresses with two ports, one of them with `last` among its transports.
ConfigResult nat_discovery_with(const std::string& last) {
  return load_config(
      "turn:\n"
      "  listen: [\"192.0.2.1:3478\"]\n"
      "  listeners:\n"
      "    - {address: \"192.0.2.1:3479\", transports: [udp, tcp]}\n"
      "    - {address: \"192.0.2.2:3478\", transports: [udp]}\n"
      "    - {address: \"192.0.2.2:3479\", transports: [" +
          last +
          "]}\n"
          "  rest_secrets: first-secret\n"
          "  protocol: {nat_discovery: true}\n",
      "edge.yaml");
}

TEST(Config, has_nat_discovery_at_all_listeners_that_take_udp) {
  const auto config = nat_discovery_with("udp");

  ASSERT_TRUE(config.has_value()) << config.error().front().to_string();
  EXPECT_THAT(config->turn->addresses_taking(overlay::Transport::kUdp), SizeIs(4));
  EXPECT_THAT(config->turn->addresses_taking(overlay::Transport::kTcp), SizeIs(2));
}

TEST(Config, has_no_nat_discovery_where_one_of_four_ports_takes_streams_only) {
  const auto config = nat_discovery_with("tcp");

  ASSERT_FALSE(config.has_value());
  EXPECT_EQ(config.error().front().key, "turn.protocol.nat_discovery");
  EXPECT_THAT(config.error().front().remedy, HasSubstr("turn.listeners with udp"));
}

TEST(Config, has_no_metrics_at_a_port_where_clients_connect) {
  const auto with = [](const std::string& transport) {
    return load_config(
        "turn:\n"
        "  listeners: [{address: \"127.0.0.1:9641\", transports: [" +
            transport +
            "]}]\n"
            "  tls: {certificate: chain.pem, key: key.pem}\n"
            "  allow_private_relay_addresses: true\n"
            "  rest_secrets: first-secret\n"
            "metrics: {listen: \"127.0.0.1:9641\"}\n",
        "edge.yaml");
  };

  EXPECT_TRUE(with("udp").has_value()) << with("udp").error().front().to_string();
  for (const char* const transport : {"tcp", "tls"}) {
    const auto config = with(transport);
    ASSERT_FALSE(config.has_value()) << transport;
    EXPECT_EQ(config.error().front().key, "metrics.listen");
  }
}

TEST(Config, distinguishes_standard_output_from_files) {
  const auto config =
      load_config(std::string(kLoneEdge) + "usage_log: {to: stdout}\n", "/etc/causeway/edge.yaml");

  ASSERT_TRUE(config.has_value()) << config.error().front().to_string();
  EXPECT_EQ(config->usage_log.to, "stdout");
}

TEST(Config, reads_relative_paths_from_the_folder_of_the_file) {
  const auto config = load_config(kMinimalHub, "/etc/causeway/hub.yaml");

  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->node.identity.path, "/etc/causeway/node.key");
}

TEST(Config, is_equal_after_it_was_printed_and_loaded) {
  for (const auto text : {kMinimalHub, kFullEdge, kLoneEdge}) {
    const auto config = load_config(text, "/etc/causeway/node.yaml");
    ASSERT_TRUE(config.has_value());

    const auto again = load_config(print_config(*config, SecretPrinting::kShow), "/etc/causeway/node.yaml");

    ASSERT_TRUE(again.has_value()) << again.error().front().to_string();
    EXPECT_EQ(*again, *config);
  }
}

TEST(Config, keeps_names_and_secrets_of_any_script_as_they_were_written) {
  constexpr std::string_view kOfTheWorld = R"(turn:
  listen: 192.0.2.1:3478
  realm: münchen.example
  rest_secrets: ["シークレット # \\ \" '"]
  users:
    - {name: "zoë@example.org", password: π}
    - {name: "\U0001F600", password: "a: b"}
)";
  const auto config =
      load_config(std::string("node: {roles: edge}\n") + std::string(kOfTheWorld), "edge.yaml");
  ASSERT_TRUE(config.has_value()) << config.error().front().to_string();

  const auto again = load_config(print_config(*config, SecretPrinting::kShow), "edge.yaml");

  ASSERT_TRUE(again.has_value()) << again.error().front().to_string();
  EXPECT_EQ(*again, *config);
  EXPECT_EQ(again->turn->realm, "münchen.example");
  EXPECT_EQ(again->turn->rest_secrets[0].reveal(), "シークレット # \\ \" '");
  EXPECT_EQ(again->turn->users[0].name, "zoë@example.org");
  EXPECT_EQ(again->turn->users[0].password.reveal(), "π");
  EXPECT_EQ(again->turn->users[1].name, "\xF0\x9F\x98\x80");
}

TEST(Config, hides_secrets_when_printed) {
  const auto config = load_config(kFullEdge, "edge.yaml");
  ASSERT_TRUE(config.has_value());

  const std::string printed = print_config(*config, SecretPrinting::kHide);

  EXPECT_THAT(printed, HasSubstr("(hidden)"));
  for (const char* secret : {"quoted", "second-secret", "wonderland", "bc807ee2", "00010203"})
    EXPECT_THAT(printed, Not(HasSubstr(secret)));
}

TEST(Config, says_so_when_hidden_secrets_are_loaded) {
  const auto config = load_config(kFullEdge, "edge.yaml");
  ASSERT_TRUE(config.has_value());

  const auto again = load_config(print_config(*config, SecretPrinting::kHide), "printed.yaml");

  ASSERT_FALSE(again.has_value());
  EXPECT_THAT(again.error().front().to_string(), HasSubstr("print it with --show-secrets"));
}

TEST(Config, reports_all_errors_at_once_in_the_order_of_lines) {
  const auto config = load_config(R"(node:
  roles: [edge, gateway]
  identity: node.key
  certificat: node.cert
  cluster_ca: ca.pub
overlay:
  listen: 192.0.2.1
  probe: {fast: 10}
)",
                                  "edge.yaml");

  ASSERT_FALSE(config.has_value());
  std::vector<std::string> keys;
  for (const auto& error : config.error())
    keys.push_back(std::to_string(error.line) + " " + error.key);
  EXPECT_THAT(keys, ElementsAre("1 turn", "2 node.roles[1]", "2 node.certificate", "4 node.certificat",
                                "6 overlay", "7 overlay.listen[0]", "8 overlay.probe.fast"));
}

TEST(Config, loads_the_examples_that_ship) {
  for (const char* name : {"edge.yaml", "hub.yaml", "both.yaml", "turn-only.yaml", "public-turn.yaml"}) {
    const auto config = load_config_file(std::string(CAUSEWAY_CONF_FOLDER) + "/" + name);

    EXPECT_TRUE(config.has_value()) << config.error().front().to_string();
  }
}

TEST(Config, shows_the_defaults_in_the_edge_example) {
  const auto config = load_config_file(std::string(CAUSEWAY_CONF_FOLDER) + "/edge.yaml");
  ASSERT_TRUE(config.has_value());

  EXPECT_EQ(config->overlay->probe, ProbeConfig{});
  EXPECT_EQ(config->overlay->liveness, LivenessConfig{});
  EXPECT_EQ(config->overlay->homes, OverlaySection{}.homes);
  EXPECT_EQ(config->turn->lifetime, LifetimeConfig{});
  EXPECT_EQ(config->turn->relay_ports, PortRange{});
  EXPECT_EQ(config->turn->default_family, TurnSection{}.default_family);
  EXPECT_EQ(config->turn->max_allocations, TurnSection{}.max_allocations);
  EXPECT_EQ(config->turn->max_allocations_per_user, TurnSection{}.max_allocations_per_user);
}

}  // namespace config_test
}  // namespace relay
