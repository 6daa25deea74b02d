// The addresses of the host and the relayed addresses of the node as peers.
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/turn/tcp_client.h"

namespace relay::testing {
namespace host_addresses_test {

constexpr std::string_view kOwn = "8.8.8.8:5000";
constexpr std::string_view kOther = "9.9.9.9:5000";

void set_host(World& world, const std::vector<std::string>& addresses) {
  auto list = std::make_shared<HostAddressList>();
  for (const std::string& address : addresses)
    list->addresses.push_back(overlay::IpAddress::parse(address).value());
  world.server.set_host_addresses(std::move(list));
}

TEST(HostAddress, is_refused_by_create_permission_and_channel_bind_in_both_families) {
  World world;
  set_host(world, {"8.8.8.8", "2a00::8"});
  TurnClient client(world, kClient);
  ASSERT_TRUE(client.allocate().is_success());
  TurnClient with_ipv6(world, "192.0.2.11:40000");
  ASSERT_TRUE(with_ipv6.allocate([](StunWriter& writer) { add_family(writer, 2); }).is_success());

  EXPECT_EQ(client.permit(kOwn).error(), 403);
  EXPECT_EQ(client.bind(0x4000, kOwn).error(), 403);
  EXPECT_EQ(with_ipv6.permit("[2a00::8]:5000").error(), 403);
  EXPECT_EQ(with_ipv6.permit("[64:ff9b::808:808]:5000").error(), 403) << "8.8.8.8 behind NAT64";
  EXPECT_TRUE(client.permit(kOther).is_success());
}

TEST(HostAddress, is_refused_by_connect_until_a_rule_names_it) {
  TurnServerConfig config = tcp_config();
  World closed(config);
  set_host(closed, {"8.8.8.8"});
  TcpClient refused(closed);
  ASSERT_TRUE(refused.allocate_tcp().is_success());
  EXPECT_EQ(Answer(refused.connect(kOwn).bytes).error(), 403);

  config.peer_policy.allow(overlay::IpPrefix::parse("8.8.8.8/32").value());
  World open(config);
  set_host(open, {"8.8.8.8"});
  TcpClient allowed(open);
  ASSERT_TRUE(allowed.allocate_tcp().is_success());
  EXPECT_EQ(allowed.connect(kOwn).verdict.action, TurnAction::kReplyLater);
}

TEST(HostAddress, that_comes_later_stops_what_was_permitted_with_the_next_datagram) {
  World world;
  TurnClient client(world, kClient);
  ASSERT_TRUE(client.allocate().is_success());
  ASSERT_TRUE(client.bind(0x4000, kOwn).is_success());
  ASSERT_TRUE(client.bind(0x4001, kOther).is_success());

  set_host(world, {"8.8.8.8"});

  EXPECT_EQ(client.receive_from(kOwn, "in").verdict.action, TurnAction::kDrop);
  EXPECT_EQ(client.send_channel(0x4000, "out").verdict.action, TurnAction::kDrop);
  EXPECT_EQ(client.send_indication(kOwn, "out").verdict.reason, TurnDrop::kNoPermission);
  EXPECT_EQ(client.send_channel(0x4001, "out").verdict.action, TurnAction::kToPeer);
}

TEST(HostAddress, that_comes_later_stops_an_allocation_on_a_shared_port) {
  TurnServerConfig config = sample_config();
  config.shared_relay_ports = 1;
  World world(config);
  TurnClient client(world, kClient);
  ASSERT_TRUE(client.allocate().is_success());
  ASSERT_TRUE(client.bind(0x4000, kOwn).is_success());

  set_host(world, {"8.8.8.8"});

  EXPECT_EQ(client.receive_from(kOwn, "in").verdict.action, TurnAction::kDrop);
  EXPECT_EQ(client.send_channel(0x4000, "out").verdict.action, TurnAction::kDrop);
}

TEST(HostAddress, that_comes_later_stops_an_allocation_that_moves_to_another_5_tuple) {
  TurnServerConfig config = sample_config();
  config.mobility = true;
  World world(config);
  TurnClient client(world, kClient);
  const Answer allocated =
      client.allocate([](StunWriter& writer) { writer.add(StunAttribute::kMobilityTicket, {}); });
  ASSERT_TRUE(client.bind(0x4000, kOwn).is_success());

  set_host(world, {"8.8.8.8"});
  TurnClient moved(world, "192.0.2.77:1");
  ASSERT_TRUE(moved
                  .ask(StunMethod::kRefresh,
                       [&](StunWriter& writer) {
                         writer.add_text(StunAttribute::kMobilityTicket,
                                         allocated.text(StunAttribute::kMobilityTicket));
                       })
                  .is_success());

  EXPECT_EQ(moved.send_channel(0x4000, "out").verdict.action, TurnAction::kDrop);
}

TEST(HostAddress, that_comes_later_ends_connections_with_it_at_once) {
  World world(tcp_config());
  TcpClient client(world);
  ASSERT_TRUE(client.allocate_tcp().is_success());
  const ConnectionId with_own = client.connected(kOwn);
  (void)client.connected(kOther);

  set_host(world, {"8.8.8.8"});

  EXPECT_EQ(world.peers.closed, std::vector{with_own});
  EXPECT_EQ(world.server.peer_connection_count(), 1u);
}

// A reload with grace lets permissions run out that the new rules forbid.
TEST(HostAddress, that_comes_or_goes_does_not_end_permissions_for_other_peers) {
  World world;
  TurnClient client(world, kClient);
  ASSERT_TRUE(client.allocate().is_success());
  ASSERT_TRUE(client.bind(0x4001, kOther).is_success());
  TurnServerConfig config = sample_config();
  config.peer_policy.deny(overlay::IpPrefix::parse("9.9.9.9/32").value());
  world.server.reconfigure(config, kUnixStart);

  set_host(world, {"8.8.8.8"});
  set_host(world, {});

  EXPECT_EQ(client.send_channel(0x4001, "out").verdict.action, TurnAction::kToPeer);
}

TEST(HostAddress, stays_refused_after_a_reload) {
  World world;
  set_host(world, {"8.8.8.8"});
  TurnClient client(world, kClient);
  ASSERT_TRUE(client.allocate().is_success());

  world.server.reconfigure(sample_config(), kUnixStart);

  EXPECT_EQ(client.permit(kOwn).error(), 403);
}

// Two clients of one server, whose relayed addresses are private.
class ClosedNetwork : public ::testing::Test {
 protected:
  [[nodiscard]] static TurnServerConfig config() {
    TurnServerConfig config = tcp_config();
    config.relay_addresses = {overlay::IpAddress::parse("10.0.0.5").value()};
    config.peer_policy.allow_relayed(config.relay_addresses.front());
    return config;
  }
  ClosedNetwork() { set_host(world_, {"10.0.0.5", "10.0.0.6"}); }

  World world_{config()};
};

TEST_F(ClosedNetwork, lets_two_clients_of_one_server_meet_and_keeps_the_host_closed) {
  TurnClient alice(world_, kClient);
  TurnClient bob(world_, "192.0.2.11:40000");
  ASSERT_TRUE(alice.allocate().is_success());
  ASSERT_TRUE(bob.allocate().is_success());

  EXPECT_TRUE(alice.permit(bob.relayed().to_string()).is_success());
  EXPECT_TRUE(alice.bind(0x4000, bob.relayed().to_string()).is_success());
  EXPECT_EQ(alice.permit("10.0.0.6:5000").error(), 403);
}

TEST_F(ClosedNetwork, connects_to_a_relayed_address_of_tcp_but_to_no_other_port_beside_it) {
  TcpClient alice(world_);
  TcpClient bob(world_, "192.0.2.11:40000");
  ASSERT_TRUE(alice.allocate_tcp().is_success());
  ASSERT_TRUE(bob.allocate_tcp().is_success());
  const overlay::Endpoint meeting = bob.relayed_tcp;
  const overlay::Endpoint service{meeting.address, static_cast<std::uint16_t>(meeting.port ^ 0x2000)};

  EXPECT_EQ(alice.connect(meeting.to_string()).verdict.action, TurnAction::kReplyLater);
  EXPECT_EQ(Answer(alice.connect("10.0.0.5:22").bytes).error(), 403);
  EXPECT_EQ(Answer(alice.connect(service.to_string()).bytes).error(), 403) << "a port of the relay's range";
  ASSERT_TRUE(bob.refresh(0).is_success());
  EXPECT_EQ(Answer(alice.connect(meeting.to_string()).bytes).error(), 403) << "after its allocation";
}

TEST_F(ClosedNetwork, connects_to_relayed_addresses_of_other_data_planes) {
  TurnServerConfig shared = config();
  shared.tcp_relay_ports = std::make_shared<TcpRelayPorts>();
  World first(shared);
  World second(shared);
  TcpClient alice(first);
  TcpClient bob(second);
  ASSERT_TRUE(alice.allocate_tcp().is_success());
  ASSERT_TRUE(bob.allocate_tcp().is_success());

  EXPECT_EQ(alice.connect(bob.relayed_tcp.to_string()).verdict.action, TurnAction::kReplyLater);
}

}  // namespace host_addresses_test
}  // namespace relay::testing
