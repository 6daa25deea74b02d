// The program `causewayd` as an operator meets it.
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include "overlay/base/version.h"
#include "overlay/io/socket_address.h"
#include "overlay/io/udp_socket.h"
#include "tests/integration/node/daemon_process.h"
#include "tests/integration/node/test_cluster.h"
#include "tools/cli/admin_client.h"

namespace relay {
namespace causewayd_test {

using testing::HasSubstr;

const std::string kProgram = CAUSEWAYD;

DaemonProcess daemon_of(const TestNode& node) {
  return DaemonProcess(kProgram, {"--config", node.config_file});
}

// RFC 8489: a Binding request without attributes, and whether a success response to it came within ten
// seconds.
bool answers_binding(const overlay::Endpoint& server) {
  constexpr std::array<std::uint8_t, 20> kRequest = {0,   1,   0,   0,   0x21, 0x12, 0xa4, 0x42, 'c', 'a',
                                                     'u', 's', 'e', 'w', 'a',  'y',  '-',  't',  's', 't'};
  const auto socket = overlay::UdpSocket::open(overlay::Endpoint::parse("127.0.0.1:0").value());
  overlay::SocketAddress to;
  const socklen_t length = overlay::to_socket_address(server, to);
  if (::sendto(socket->fd(), kRequest.data(), kRequest.size(), 0, &to.any, length) < 0) return false;
  pollfd readable{socket->fd(), POLLIN, 0};
  std::array<std::uint8_t, 100> response{};
  return ::poll(&readable, 1, 10000) == 1 &&
         ::recv(socket->fd(), response.data(), response.size(), 0) >= 20 && response[0] == 1 &&
         response[1] == 1;
}

TEST(Causewayd, explains_itself) {
  DaemonProcess help(kProgram, {"--help"});
  EXPECT_EQ(help.exit_code(), 0);
  EXPECT_THAT(help.output(), HasSubstr("--check-config"));

  DaemonProcess version(kProgram, {"--version"});
  EXPECT_EQ(version.exit_code(), 0);
  EXPECT_EQ(version.output(), "causewayd " + std::string(overlay::version()) + "\n");
}

TEST(Causewayd, explains_every_key_of_a_configuration) {
  DaemonProcess text(kProgram, {"--help-config"});
  EXPECT_EQ(text.exit_code(), 0);
  EXPECT_THAT(text.output(), HasSubstr("\nturn.limits.channels\n"));

  DaemonProcess page(kProgram, {"--help-config=markdown"});
  EXPECT_EQ(page.exit_code(), 0);
  EXPECT_THAT(page.output(), HasSubstr("\n## turn.limits\n"));

  EXPECT_EQ(DaemonProcess(kProgram, {"--help-config=html"}).exit_code(), 2);
}

TEST(Causewayd, refuses_words_that_it_does_not_know) {
  DaemonProcess daemon(kProgram, {"--confgi", "x"});

  EXPECT_EQ(daemon.exit_code(), 2);
  EXPECT_THAT(daemon.errors(), HasSubstr("--help lists the options"));
}

TEST(Causewayd, lists_all_errors_of_a_configuration) {
  const TemporaryFolder folder;
  const std::string file = folder.write("node.yaml", "node:\n  roles: [edge, king]\noverlay:\n  homes: 99\n");

  for (const char* const option : {"--check-config", "--print-config"}) {
    DaemonProcess daemon(kProgram, {"--config", file, option});

    EXPECT_EQ(daemon.exit_code(), 1);
    EXPECT_THAT(daemon.errors(), HasSubstr(file + ":2: node.roles"));
    EXPECT_THAT(daemon.errors(), HasSubstr(file + ":4: overlay.homes"));
  }
}

TEST(Causewayd, accepts_a_good_configuration) {
  TestCluster cluster;
  const TestNode edge = cluster.add_edge("edge-aws-fra", 2, cluster.add_hub("hub-aws-fra", 1));

  DaemonProcess check(kProgram, {"--config", edge.config_file, "--check-config"});
  EXPECT_EQ(check.exit_code(), 0) << check.errors();

  DaemonProcess print(kProgram, {"--config", edge.config_file, "--print-config"});
  EXPECT_EQ(print.exit_code(), 0) << print.errors();
  EXPECT_THAT(print.output(), HasSubstr(edge.turn_port.to_string()));
  EXPECT_THAT(print.output(), testing::Not(HasSubstr("wonderland")));
}

TEST(Causewayd, serves_until_a_signal_and_leaves_nothing_behind) {
  TestCluster cluster;
  const TestNode edge = cluster.add_edge("edge-aws-fra", 2, cluster.add_hub("hub-aws-fra", 1));
  DaemonProcess daemon = daemon_of(edge);
  ASSERT_TRUE(daemon.has_said("event=node_started")) << daemon.errors();
  EXPECT_THAT(daemon.errors(), HasSubstr("relayed=127.0.0.1:49152-65535"));

  EXPECT_TRUE(answers_binding(edge.turn_port));
  EXPECT_THAT(cli::ask_daemon(edge.admin_socket, R"({"command":"status"})").value_or(""),
              HasSubstr("edge-aws-fra"));
  daemon.terminate();

  EXPECT_EQ(daemon.exit_code(), 0);
  EXPECT_THAT(daemon.errors(), HasSubstr("event=node_stopped"));
  EXPECT_FALSE(std::filesystem::exists(edge.admin_socket));
}

TEST(Causewayd, answers_on_every_core) {
  TestCluster cluster;
  const TestNode edge = cluster.add_edge("edge-aws-fra", 2, cluster.add_hub("hub-aws-fra", 1), 3);
  DaemonProcess daemon = daemon_of(edge);
  ASSERT_TRUE(daemon.has_said("event=node_started")) << daemon.errors();

  for (int client = 0; client < 24; ++client)
    EXPECT_TRUE(answers_binding(edge.turn_port));
  daemon.terminate();

  EXPECT_EQ(daemon.exit_code(), 0);
}

// 64 data planes use some 850 descriptors before the first client comes.
TEST(Causewayd, says_at_start_that_it_has_too_few_descriptors) {
  TestCluster cluster;
  const TestNode hub = cluster.add_hub("hub", 1);
  const TestNode edge = cluster.add_edge("edge", 2, hub, 64);

  for (const int limit : {16, 40, 100, 200, 400, 500, 550, 600, 700, 800}) {
    DaemonProcess daemon("/usr/bin/prlimit",
                         {"--nofile=" + std::to_string(limit) + ":" + std::to_string(limit), kProgram,
                          "--config", edge.config_file});

    EXPECT_EQ(daemon.exit_code(), 1) << "with a limit of " << limit;
    EXPECT_THAT(daemon.errors(), HasSubstr("LimitNOFILE")) << "with a limit of " << limit;
  }
}

TEST(Causewayd, says_which_port_is_taken) {
  TestCluster cluster;
  const TestNode edge = cluster.add_edge("edge-aws-fra", 2, cluster.add_hub("hub-aws-fra", 1), 2);
  const auto taken = overlay::UdpSocket::open(edge.turn_port, {.is_shared = true});
  ASSERT_TRUE(taken);

  DaemonProcess daemon = daemon_of(edge);

  EXPECT_EQ(daemon.exit_code(), 1);
  EXPECT_THAT(daemon.errors(), HasSubstr("turn.listen: cannot open UDP port " + edge.turn_port.to_string()));
}

// A configuration of an edge on its own, with more keys for its turn section.
std::string lone_edge(const TemporaryFolder& folder, const overlay::Endpoint& listen,
                      const std::string& keys) {
  return folder.write("edge.yaml", "admin: {socket: " + folder.file("admin.sock") + "}\nturn:\n  listen: \"" +
                                       listen.to_string() + "\"\n  rest_secrets: a-long-secret\n" + keys);
}

TEST(Causewayd, refuses_a_private_relay_address_unless_told_otherwise) {
  const TemporaryFolder folder;
  DaemonProcess daemon(kProgram, {"--config", lone_edge(folder, free_udp_port(), "")});

  EXPECT_EQ(daemon.exit_code(), 1);
  EXPECT_THAT(daemon.errors(), HasSubstr("127.0.0.1 is private"));
  EXPECT_THAT(daemon.errors(), HasSubstr("turn.allow_private_relay_addresses: true"));
}

TEST(Causewayd, says_at_start_which_candidates_browsers_will_see) {
  const TemporaryFolder folder;
  const auto port = free_udp_port();
  DaemonProcess daemon(kProgram, {"--config", lone_edge(folder, port, "  public_addresses: 192.0.2.7\n")});

  EXPECT_TRUE(daemon.has_said("event=node_started")) << daemon.errors();
  EXPECT_THAT(daemon.errors(), HasSubstr("relayed=192.0.2.7:49152-65535"));
}

TEST(Causewayd, waits_for_a_relay_address_that_the_machine_lacks) {
  const TemporaryFolder folder;
  const auto port = free_udp_port();
  DaemonProcess daemon(kProgram, {"--config", lone_edge(folder, port, "  relay_addresses: 8.8.8.8\n")});

  EXPECT_TRUE(daemon.has_said("event=addresses_awaited address=8.8.8.8")) << daemon.errors();
  EXPECT_THAT(daemon.errors(), HasSubstr("turn.public_addresses"));
  EXPECT_TRUE(answers_binding(port));
}

TEST(Causewayd, does_not_start_with_a_relay_address_of_another_machine_if_it_must_exist) {
  const TemporaryFolder folder;
  DaemonProcess daemon(kProgram, {"--config", lone_edge(folder, free_udp_port(),
                                                        "  relay_addresses: 8.8.8.8\nlisten_when: start\n")});

  EXPECT_EQ(daemon.exit_code(), 1);
  EXPECT_THAT(daemon.errors(), HasSubstr("turn.relay_addresses: "));
  EXPECT_THAT(daemon.errors(), HasSubstr("turn.public_addresses"));
}

TEST(Causewayd, asks_a_sibling_for_its_public_address) {
  const TemporaryFolder of_sibling;
  const auto sibling_port = free_udp_port();
  DaemonProcess sibling(
      kProgram, {"--config", lone_edge(of_sibling, sibling_port, "  allow_private_relay_addresses: true\n")});
  ASSERT_TRUE(sibling.has_said("event=node_started")) << sibling.errors();

  const TemporaryFolder folder;
  DaemonProcess daemon(kProgram, {"--config", lone_edge(folder, free_udp_port(),
                                                        "  public_addresses: auto\n  stun_servers: \"" +
                                                            sibling_port.to_string() +
                                                            "\"\n  allow_private_relay_addresses: true\n")});

  EXPECT_TRUE(
      daemon.has_said("event=public_address_detected relay_address=127.0.0.1 public_address=127.0.0.1"))
      << daemon.errors();
  EXPECT_TRUE(daemon.has_said("relayed=127.0.0.1:49152-65535"));

  daemon.hang_up();

  EXPECT_TRUE(daemon.has_said("event=config_reloaded applied=none need_restart=none")) << daemon.errors();
}

TEST(Causewayd, refuses_a_certificate_of_another_ca) {
  TestCluster cluster;
  cluster.change_ca();
  const TestNode hub = cluster.add_hub("hub-aws-fra", 1);

  DaemonProcess daemon = daemon_of(hub);

  EXPECT_EQ(daemon.exit_code(), 1);
  EXPECT_THAT(daemon.errors(), HasSubstr("hub-aws-fra.cert"));
  EXPECT_THAT(daemon.errors(), HasSubstr("causeway node enroll"));
}

TEST(Causewayd, links_an_edge_to_its_seed) {
  TestCluster cluster;
  const TestNode hub = cluster.add_hub("hub-aws-fra", 1);
  const TestNode edge = cluster.add_edge("edge-aws-fra", 2, hub);
  DaemonProcess first = daemon_of(hub);
  DaemonProcess second = daemon_of(edge);

  EXPECT_TRUE(second.has_said("event=link_changed neighbor=1 before=down after=up")) << second.errors();
  EXPECT_TRUE(first.has_said("event=link_changed neighbor=2 before=down after=up")) << first.errors();
  for (DaemonProcess* daemon : {&first, &second}) {
    daemon->terminate();
    EXPECT_EQ(daemon->exit_code(), 0);
  }
}

TEST(Causewayd, links_through_a_port_of_all_addresses) {
  TestCluster cluster;
  const TestNode hub = cluster.add_wildcard_hub("hub-aws-fra", 1);
  const TestNode edge = cluster.add_edge("edge-aws-fra", 2, hub);
  DaemonProcess first = daemon_of(hub);
  DaemonProcess second = daemon_of(edge);

  EXPECT_TRUE(second.has_said("event=link_changed neighbor=1 before=down after=up")) << second.errors();
}

}  // namespace causewayd_test
}  // namespace relay
