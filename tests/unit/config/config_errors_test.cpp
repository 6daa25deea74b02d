// Each mistake that an operator can make, with the line, the key and the remedy that the error must name.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/config/config_load.h"
#include "tests/unit/config/edge_config.h"

namespace relay {
namespace config_errors_test {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// The edge above with one line in place of another.
struct Mistake {
  std::string_view instead_of;
  std::string_view text;
  int line;
  const char* key;
  const char* what;
  const char* remedy;
};

[[nodiscard]] std::string with(const Mistake& mistake) {
  std::string text(kEdgeYaml);
  return text.replace(text.find(mistake.instead_of), mistake.instead_of.size(), mistake.text);
}

const Mistake kMistakes[] = {
    {"roles: [edge]", "roles: [edgy]", 2, "node.roles[0]", "is not a role", "write edge"},
    {"relay_addresses: 192.0.2.1", "relay_addresses: [192.0.2.1, 192.0.2.2]", 12, "turn.relay_addresses",
     "more than one address of a family", "keep one IPv4 and one IPv6"},
    {"  rest_secrets: a-long-secret\n",
     "  rest_secrets: a-long-secret\n  relay_ports: 50000-50003\ncores: 3\n", 14, "turn.relay_ports",
     "fewer pairs of ports (2)", "widen the range"},
    {"roles: [edge]", "roles: {}", 2, "node.roles", "is not a list", "write [first, second]"},
    {"roles: [edge]", "roles: []", 2, "node.roles", "is empty", "write [edge], [hub] or [edge, hub]"},
    {"roles: [edge]", "roles: [edge, edge]", 2, "node.roles[1]", "in this list already", "remove one"},
    {"  identity: node.key\n", "", 2, "node.identity", "is missing", "causeway node enroll"},
    {"identity: node.key", "identity:", 3, "node.identity", "has no value", "write one"},
    {"identity: node.key", "identity: \xff.key", 3, "node.identity", "not a file's path", "printable"},
    {"identity: node.key", "identity: {a: 1}", 3, "node.identity", "not a single value", "key: value"},
    {"identity:", "identitty:", 3, "node.identitty", "is not a known key", "did you mean \"identity\"?"},
    {"identity:", "frequency:", 3, "node.frequency", "is not a known key", "known here are roles, identity"},
    {"listen: 192.0.2.1:7000", "listen: 192.0.2.1", 7, "overlay.listen[0]", "with a port",
     "write 192.0.2.1:3478"},
    {"listen: 192.0.2.1:7000", "listen: 192.0.2.1:0", 7, "overlay.listen[0]", "has port 0", "1 to 65535"},
    {"listen: 192.0.2.1:7000", "listen: 0.0.0.0:7000", 7, "overlay.listen", "can dial", "overlay.advertise"},
    {"  listen: 192.0.2.1:7000\n", "  listen: 192.0.2.1:7000\n  advertise: \"[::]:7000\"\n", 8,
     "overlay.advertise", "can dial", "own address"},
    {"listen: 192.0.2.1:7000", "listen: [\"192.0.2.1:7000\", \"192.0.2.2:7000\", \"192.0.2.3:7000\"]", 7,
     "overlay.listen", "more than 2 addresses", "add overlay.advertise with the one or two"},
    {"  listen: 192.0.2.1:7000\n",
     "  listen: 192.0.2.1:7000\n  advertise: [\"192.0.2.1:7\", \"192.0.2.1:8\", \"192.0.2.1:9\"]\n", 8,
     "overlay.advertise", "more than 2 addresses", "keep one IPv4 and one IPv6"},
    {"AAEC", "AA", 9, "overlay.seeds[0].key", "not an exchange key", "causeway node show"},
    {"name: hub, ", "", 9, "overlay.seeds[0].name", "is missing", "certificate"},
    {"name: hub", "name: \"hub 1\"", 9, "overlay.seeds[0].name", "is not a name", "of a-z, 0-9"},
    {"turn:", "  homes: 9\nturn:", 10, "overlay.homes", "out of range", "from 1 to 8"},
    {"turn:", "  homes: three\nturn:", 10, "overlay.homes", "not a whole number", "from 1 to 8"},
    {"turn:", "  probe: {fast: 10}\nturn:", 10, "overlay.probe.fast", "has no unit", "for example 10ms"},
    {"turn:", "  probe: {fast: 10 parsecs}\nturn:", 10, "overlay.probe.fast", "unknown unit",
     "for example 10ms"},
    {"turn:", "  probe: {fast: -10ms}\nturn:", 10, "overlay.probe.fast", "not a duration",
     "for example 10ms"},
    {"turn:", "  probe: {fast: 0.1ms}\nturn:", 10, "overlay.probe.fast", "out of range", "choose 1ms to 1s"},
    {"turn:", "  probe: {fast: 200ms}\nturn:", 10, "overlay.probe.idle", "shorter than fast (200ms)",
     "no faster"},
    {"turn:", "  probe: 10ms\nturn:", 10, "overlay.probe", "is not a section", "indent its keys"},
    {"turn:", "  liveness: {hold_up: 2m}\nturn:", 10, "overlay.liveness.hold_up", "2m", ""},
    {"turn:", "turm:", 10, "turm", "is not a known key", "did you mean \"turn\"?"},
    {"turn:", "usage_log: {interval: 5m}\nturn:", 10, "usage_log.to", "is missing", "or stdout"},
    {"turn:", "usage_log: {to: stdout, interval: 1s}\nturn:", 10, "usage_log.interval", "out of range",
     "choose 10s"},
    {"turn:", "metrics: {listen: here}\nturn:", 10, "metrics.listen", "not an IP address", "192.0.2.1"},
    {"rest_secrets: a-long-secret", "rest_secrets: a-long-secret\nmetrics: {listen: \"192.0.2.1:3478\"}", 14,
     "metrics.listen", "is a port that TURN clients call", "127.0.0.1:9641"},
    {"turn:", "log: {level: loud}\nturn:", 10, "log.level", "not a log level",
     "debug, info, warning or error"},
    {"turn:", "packet_io: {relay_ports: one}\nturn:", 10, "packet_io.relay_ports",
     "not a way to open relay ports", "auto, steered or sockets"},
    {"turn:", "packet_io: {relay_port_linger: 1h}\nturn:", 10, "packet_io.relay_port_linger", "out of range",
     "5m"},
    {"turn:", "packet_io: {xdp: [eth0/1]}\nturn:", 10, "packet_io.xdp[0]",
     "not the name of a network interface", "ip link"},
    {"turn:", "packet_io: {xdp: [eth0, eth0]}\nturn:", 10, "packet_io.xdp[1]", "in this list already",
     "remove one"},
    {"turn:", "listen_when: never\nturn:", 10, "listen_when", "not a time to listen", "available or start"},
    {"turn:", "cores: 0\nturn:", 10, "cores", "out of range", "from 1 to 256, or auto"},
    {"turn:", "admin: {socket: \"\"}\nturn:", 10, "admin.socket", "not a socket", "at most 107"},
    {"listen: 192.0.2.1:3478", "listen: localhost:3478", 11, "turn.listen[0]", "not an IP address",
     "192.0.2.1"},
    {"listen: 192.0.2.1:3478", "listen: 192.0.2.1:7000", 11, "turn.listen", "is a port of overlay.listen",
     "another port for clients"},
    {"relay_addresses:",
     "listeners: [{address: \"192.0.2.1:7000\", transports: [tcp, udp]}]\n  relay_addresses:", 12,
     "turn.listeners", "is a port of overlay.listen", "another port for clients"},
    {"  listen: 192.0.2.1:3478\n", "", 11, "turn.listen", "is missing", "192.0.2.1:3478"},
    {"relay_addresses:", "listeners: [{address: \"192.0.2.1:443\"}]\n  relay_addresses:", 12,
     "turn.listeners[0].transports", "is missing", "[tls, dtls]"},
    {"relay_addresses:", "listeners: [{address: \"192.0.2.1:443\", transports: [sctp]}]\n  relay_addresses:",
     12, "turn.listeners[0].transports[0]", "not a transport", "udp, tcp, tls or dtls"},
    {"relay_addresses:", "listeners: [{address: \"192.0.2.1:443\", transports: [tls]}]\n  relay_addresses:",
     11, "turn.tls", "is missing", "certificate and key"},
    {"relay_addresses:", "listeners: [{address: \"192.0.2.1:3478\", transports: [tcp]}]\n  relay_addresses:",
     12, "turn.listeners", "192.0.2.1:3478 has TCP twice", "in one listener"},
    {"relay_addresses:",
     "listeners: [{address: \"192.0.2.1:80\", transports: [udp], proxy_protocol_from: 10.0.0.0/8}]\n  "
     "relay_addresses:",
     12, "turn.listeners[0].proxy_protocol_from", "is for streams", "add tcp or tls"},
    {"relay_addresses:",
     "listeners: [{address: \"192.0.2.1:80\", transports: [tcp], https_backend: \"127.0.0.1:8443\"}]\n  "
     "relay_addresses:",
     12, "turn.listeners[0].https_backend", "shares a port with TLS", "add tls"},
    {"relay_addresses:",
     "listeners: [{address: \"192.0.2.1:80\", transports: [tcp], proxy_protocol_to_backend: true}]\n  "
     "relay_addresses:",
     12, "turn.listeners[0].proxy_protocol_to_backend", "this listener has none", "add https_backend"},
    {"relay_addresses:", "tls: {certificate: a.pem}\n  relay_addresses:", 12, "turn.tls.key", "is missing",
     "PEM file"},
    {"listen: 192.0.2.1:3478\n  relay_addresses: 192.0.2.1\n", "listen: 0.0.0.0:3478\n", 11,
     "turn.relay_addresses", "is missing", "peers see"},
    {"relay_addresses: 192.0.2.1", "relay_addresses: 192.0.2.1:80", 12, "turn.relay_addresses[0]",
     "not an IP address", "without a port"},
    {"relay_addresses: 192.0.2.1", "relay_addresses: 0.0.0.0", 12, "turn.relay_addresses", "can reach",
     "own address"},
    {"relay_addresses: 192.0.2.1", "relay_addresses: \"2001:db8::1\"", 12, "turn.relay_addresses",
     "no IPv4 address", "add an IPv4 address"},
    {"rest_secrets: a-long-secret", "rest_secrets: short", 13, "turn.rest_secrets[0]", "8 to 1024",
     "openssl rand"},
    {"rest_secrets: a-long-secret", "realm: x", 11, "turn.rest_secrets", "no client could log in",
     "or users"},
    {"rest_secrets: a-long-secret", "rest_secrets: \"a\\tlong-secret\"", 13, "turn.rest_secrets[0]",
     "without control characters", "openssl rand"},
    {"rest_secrets: a-long-secret", "rest_secrets: a-long-secret\n  realm: \"a\\x07b\"", 14, "turn.realm",
     "not a realm", "1 to 127 characters of UTF-8"},
    {"rest_secrets: a-long-secret", "rest_secrets: a-long-secret\n  realm: ex\xFF.org", 14, "turn.realm",
     "not a realm", "1 to 127 characters of UTF-8"},
    {"rest_secrets: a-long-secret", "rest_secrets: a-long-secret\n  software: \"\"", 14, "turn.software",
     "not a SOFTWARE text", "1 to 64 bytes of UTF-8 without control characters, or off"},
    {"rest_secrets: a-long-secret", "users: [{name: \"zo\\nx\", password: secret}]", 13, "turn.users[0].name",
     "not a user name", "as clients send it"},
    {"rest_secrets: a-long-secret", "users: [{name: a, password: \"\"}]", 13, "turn.users[0].password",
     "not a password", "openssl rand"},
    {"rest_secrets: a-long-secret", "users: [{name: a, key: 0xbc807ee29df3c9ffa736523fb2c4e8ee}]", 13,
     "turn.users[0].key", "32 hexadecimal digits", "without 0x"},
    {"rest_secrets: a-long-secret", "users: [{name: a, password: b, key: bc807ee29df3c9ffa736523fb2c4e8ee}]",
     13, "turn.users[0].key", "together with a password", "keep one"},
    {"rest_secrets: a-long-secret", "users: [{name: a}]", 13, "turn.users[0].password", "is missing",
     "password"},
    {"rest_secrets: a-long-secret", "users: [{name: a, password: abcdefgh}, {name: a, password: abcdefgh}]",
     13, "turn.users[1].name", "is a user already", "remove one"},
    {"rest_secrets: a-long-secret", "rest_secrets: a-long-secret\n  nonce_keys: [abcd]", 14,
     "turn.nonce_keys[0]", "64 hexadecimal digits", "openssl rand -hex 32"},
    {"rest_secrets: a-long-secret", "rest_secrets: a-long-secret\n  relay_ports: 80-90", 14,
     "turn.relay_ports", "within 1024-65535", "49152-65535"},
    {"rest_secrets: a-long-secret", "rest_secrets: a-long-secret\n  shared_relay_ports: 1025", 14,
     "turn.shared_relay_ports", "out of range", "from 0 to 1024"},
    {"rest_secrets: a-long-secret", "rest_secrets: a-long-secret\n  default_address_family: ipv6", 14,
     "turn.default_address_family", "\"ipv6\" is not a default", "client or ipv4"},
    {"rest_secrets: a-long-secret", "rest_secrets: a-long-secret\n  peers: {allow: 10.0.0.1/8}", 14,
     "turn.peers.allow[0]", "bits set after its length", "10.0.0.0/8"},
    {"rest_secrets: a-long-secret", "rest_secrets: a-long-secret\n  protocol: {rest_sha256: yes}", 14,
     "turn.protocol.rest_sha256", "neither true nor false", "true or false"},
    {"rest_secrets: a-long-secret", "rest_secrets: a-long-secret\n  protocol: {nat_discovery: true}", 14,
     "turn.protocol.nat_discovery", "two addresses and two ports", "all four combinations"},
    {"rest_secrets: a-long-secret", "rest_secrets: a-long-secret\n  protocol: {mobility: true}\ncores: 2", 14,
     "turn.protocol.mobility", "one data plane", "cores: 1"},
    {"rest_secrets: a-long-secret", "rest_secrets: a-long-secret\n  lifetime: {unasked: 2h}", 14,
     "turn.lifetime.unasked", "longer than max (1h)", "lower unasked"},
    {"rest_secrets: a-long-secret", "rest_secrets: a-long-secret\n  limits: {bandwidth_per_tenant: 10MB}", 14,
     "turn.limits.bandwidth_per_tenant", "\"10MB\" is not a bandwidth", "write a whole number with kbit"},
    {"rest_secrets: a-long-secret",
     "rest_secrets: a-long-secret\n  tcp_relay: {connections_per_allocation: 0}", 14,
     "turn.tcp_relay.connections_per_allocation", "out of range", "from 1 to 1000"},
    {"rest_secrets: a-long-secret",
     "rest_secrets: a-long-secret\n  tcp_relay: {enabled: true}\n  limits: {bandwidth_per_tenant: 1Gbit}", 14,
     "turn.tcp_relay", "not held to the bandwidth limits", "enabled: false"},
    {"rest_secrets: a-long-secret", "rest_secrets: a-long-secret\n  tcp_relay: {enabled: perhaps}", 14,
     "turn.tcp_relay.enabled", "neither true nor false", "true or false"},
    {"rest_secrets: a-long-secret", "rest_secrets: a-long-secret\n  alternatives: [\"127.0.0.1:3478\"]", 14,
     "turn.alternatives", "127.0.0.1:3478 is not a server that clients can reach", "another edge"},
    {"rest_secrets: a-long-secret", "rest_secrets: a-long-secret\n  tls_alternatives: [\"127.0.0.1:3478\"]",
     14, "turn.tls_alternatives", "127.0.0.1:3478 is not a server that clients can reach", "another edge"},
    {"listen: 192.0.2.1:3478", "listen: 0.0.0.0:3478\n  alternatives: [\"192.0.2.1:3478\"]", 12,
     "turn.alternatives", "192.0.2.1:3478 is this node itself", "other edges"},
    {"rest_secrets: a-long-secret",
     "rest_secrets: a-long-secret\n  public_addresses: [11.0.0.1]\n  alternatives: [\"11.0.0.1:3478\"]", 15,
     "turn.alternatives", "11.0.0.1:3478 is this node itself", "other edges"},
    {"rest_secrets: a-long-secret", "rest_secrets: a-long-secret\n  lifetime: {default: 2h}", 14,
     "turn.lifetime.max", "shorter than default (2h)", "raise max"},
    {"rest_secrets: a-long-secret", "rest_secrets: a-long-secret\n  rest_secrets: another-secret", 14,
     "turn.rest_secrets", "is given twice", "keep one"},
};

TEST(ConfigErrors, name_the_line_the_key_and_the_remedy) {
  ASSERT_TRUE(load_config(kEdgeYaml, "edge.yaml").has_value());
  for (const auto& mistake : kMistakes) {
    SCOPED_TRACE(mistake.text);

    const auto config = load_config(with(mistake), "edge.yaml");

    ASSERT_FALSE(config.has_value());
    const auto& errors = config.error();
    const auto found = std::find_if(errors.begin(), errors.end(),
                                    [&](const ConfigError& error) { return error.key == mistake.key; });
    ASSERT_NE(found, errors.end()) << errors.front().to_string();
    EXPECT_EQ(found->line, mistake.line) << found->to_string();
    EXPECT_THAT(found->what, HasSubstr(mistake.what));
    EXPECT_THAT(found->remedy, HasSubstr(mistake.remedy));
  }
}

TEST(ConfigErrors, never_repeat_a_secret) {
  std::string text(kEdgeYaml);
  text.replace(text.find("a-long-secret"), 13, "\"tiny\"\n  nonce_keys: [\"c0ffee\"]");

  const auto config = load_config(text, "edge.yaml");

  ASSERT_FALSE(config.has_value());
  for (const auto& error : config.error()) {
    EXPECT_THAT(error.to_string(), Not(HasSubstr("tiny")));
    EXPECT_THAT(error.to_string(), Not(HasSubstr("c0ffee")));
  }
}

TEST(ConfigErrors, tie_roles_to_sections) {
  struct Case {
    const char* roles;
    const char* sections;
    const char* expected;
  };
  constexpr const char* kTurn =
      "turn: {listen: 192.0.2.1:3478, relay_addresses: 192.0.2.1, rest_secrets: a-long-secret}\n";
  for (const auto& [roles, sections, expected] :
       {Case{"[edge]", kTurn, "finds no hub"}, Case{"[edge, hub]", "", "an edge serves clients"},
        Case{"[hub]", kTurn, "this node is only a hub"}}) {
    const std::string text = std::string("node: {roles: ") + roles +
                             ", identity: a, certificate: b, cluster_ca: c}\n"
                             "overlay: {listen: 192.0.2.1:7000}\n" +
                             sections;

    const auto config = load_config(text, "node.yaml");

    ASSERT_FALSE(config.has_value());
    ASSERT_THAT(config.error(), SizeIs(1));
    EXPECT_THAT(config.error().front().to_string(), HasSubstr(expected));
  }
}

TEST(ConfigErrors, say_what_only_nodes_of_an_overlay_have) {
  constexpr const char* kTurn = "turn: {listen: 192.0.2.1:3478, rest_secrets: a-long-secret}\n";
  struct Case {
    const char* node;
    const char* key;
    const char* what;
    const char* remedy;
  };
  for (const auto& [node, key, what, remedy] :
       {Case{"{roles: [hub]}", "node.roles", "no overlay section", "write roles: [edge]"},
        Case{"{roles: [edge, hub]}", "node.roles", "no overlay section",
             "add an overlay section with listen"},
        Case{"{identity: node.key}", "node.identity", "no overlay section", "or remove the key"},
        Case{"{certificate: node.cert}", "node.certificate", "no overlay section", "or remove the key"},
        Case{"{roles: [edge], cluster_ca: ca.pub}", "node.cluster_ca", "no overlay section",
             "or remove the key"}}) {
    const auto config = load_config(std::string("node: ") + node + "\n" + kTurn, "node.yaml");

    ASSERT_FALSE(config.has_value()) << node;
    EXPECT_EQ(config.error().front().key, key);
    EXPECT_EQ(config.error().front().line, 1);
    EXPECT_THAT(config.error().front().what, HasSubstr(what));
    EXPECT_THAT(config.error().front().remedy, HasSubstr(remedy));
  }
}

TEST(ConfigErrors, ask_for_a_turn_section_of_an_edge) {
  const auto config = load_config("log: {level: info}\n", "node.yaml");

  ASSERT_FALSE(config.has_value());
  ASSERT_THAT(config.error(), SizeIs(1));
  EXPECT_EQ(config.error().front().key, "turn");
  EXPECT_THAT(config.error().front().remedy, HasSubstr("add a turn section"));
}

TEST(ConfigErrors, place_a_syntax_error) {
  const auto config = load_config("node:\n  roles: [edge\noverlay:\n", "edge.yaml");

  ASSERT_FALSE(config.has_value());
  ASSERT_THAT(config.error(), SizeIs(1));
  EXPECT_GT(config.error().front().line, 1);
  EXPECT_THAT(config.error().front().what, HasSubstr("is not YAML"));
}

TEST(ConfigErrors, name_a_second_document_that_would_be_ignored) {
  const std::string one(kEdgeYaml);

  EXPECT_TRUE(load_config("---\n" + one + "---\n", "edge.yaml").has_value());
  const auto config = load_config(one + "---\nlog: {level: debug}\n", "edge.yaml");

  ASSERT_FALSE(config.has_value());
  EXPECT_EQ(config.error().front().line, 15);
  EXPECT_THAT(config.error().front().what, HasSubstr("a second document"));
}

TEST(ConfigErrors, name_a_comma_outside_of_brackets) {
  for (const std::string& text : {std::string("\n,"), std::string("{node: {roles: [edge]}}\n, log: {}\n"),
                                  std::string("---\n, node"), std::string("[edge\n], ")}) {
    const auto config = load_config(text, "edge.yaml");

    ASSERT_FALSE(config.has_value()) << text;
    EXPECT_EQ(config.error().front().line, 2) << text;
    EXPECT_THAT(config.error().front().what, HasSubstr("comma outside of [] and {}")) << text;
  }
}

TEST(ConfigErrors, refuse_text_that_is_not_a_configuration) {
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("hello"), std::string("\0\0", 2),
        std::string("a: &a [*a]"), std::string(2 << 20, 'x')}) {
    EXPECT_FALSE(load_config(text, "edge.yaml").has_value()) << text.substr(0, 20);
  }
}

}  // namespace config_errors_test
}  // namespace relay
