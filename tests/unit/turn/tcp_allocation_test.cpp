// TCP allocations: RFC 6062 sections 5.1 and 5.5, and what they share with those of UDP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/turn/tcp_client.h"

namespace relay::testing {
namespace tcp_allocation_test {

using namespace std::chrono_literals;

// ---- section 5.1: Allocate ----

TEST(TcpAllocation, listens_at_a_relayed_address_of_tcp_and_opens_no_udp_port) {
  World world(tcp_config());
  TcpClient client(world);

  const Answer answer = client.allocate_tcp();

  ASSERT_TRUE(answer.is_success());
  EXPECT_THAT(world.peers.listening, ::testing::ElementsAre(client.relayed_tcp));
  EXPECT_TRUE(world.io.open().empty());
  EXPECT_FALSE(answer.message().has(StunAttribute::kReservationToken));
}

TEST(TcpAllocation, does_not_exist_unless_it_is_enabled) {
  World world;
  TcpClient client(world);

  EXPECT_EQ(client.allocate_tcp().error(), 442);
  EXPECT_EQ(client.connect(kPeer).verdict.reason, TurnDrop::kUnexpected);
}

struct AllocateRefusal {
  std::string name;
  overlay::Transport transport;
  TurnClient::Attributes attributes;
};
void PrintTo(const AllocateRefusal& refusal, std::ostream* out) {
  *out << refusal.name;
}

class TcpAllocateRefusal : public ::testing::TestWithParam<AllocateRefusal> {};

TEST_P(TcpAllocateRefusal, is_a_bad_request) {
  World world(tcp_config());
  TcpClient client(world);
  client.use(GetParam().transport);

  const Answer answer = client.ask(StunMethod::kAllocate, [](StunWriter& writer) {
    add_tcp(writer);
    GetParam().attributes(writer);
  });

  EXPECT_EQ(answer.error(), 400);
  EXPECT_TRUE(world.peers.listening.empty());
  EXPECT_EQ(world.server.allocation_count(), 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Section5_1, TcpAllocateRefusal,
    ::testing::Values(
        AllocateRefusal{"over_udp", overlay::Transport::kUdp, [](StunWriter&) {}},
        AllocateRefusal{"over_dtls", overlay::Transport::kDtls, [](StunWriter&) {}},
        AllocateRefusal{"with_dont_fragment", overlay::Transport::kTcp,
                        [](StunWriter& w) { w.add(StunAttribute::kDontFragment, {}); }},
        AllocateRefusal{"with_even_port", overlay::Transport::kTcp,
                        [](StunWriter& w) { w.add(StunAttribute::kEvenPort, overlay::ByteArray<1>{}); }},
        AllocateRefusal{
            "with_a_token", overlay::Transport::kTcp,
            [](StunWriter& w) { w.add(StunAttribute::kReservationToken, overlay::ByteArray<8>{1}); }},
        AllocateRefusal{"of_both_families", overlay::Transport::kTcp,
                        [](StunWriter& w) { w.add_u32(StunAttribute::kAdditionalAddressFamily, 2u << 24); }}),
    [](const auto& refusal) { return refusal.param.name; });

TEST(TcpAllocation, counts_against_the_quota_of_its_user) {
  TurnServerConfig config = tcp_config();
  config.limits.allocations_per_user = 1;
  World world(config);
  TcpClient first(world);
  TcpClient second(world, kDataConnection);
  ASSERT_TRUE(first.allocate_tcp().is_success());

  EXPECT_EQ(second.allocate_tcp().error(), 486);
}

TEST(TcpAllocation, takes_no_datagrams_and_no_channels) {
  World world(tcp_config());
  TcpClient client(world);
  ASSERT_TRUE(client.allocate_tcp().is_success());
  ASSERT_TRUE(client.permit(kPeer).is_success());

  EXPECT_EQ(client.send_indication(kPeer, "data").verdict.action, TurnAction::kDrop);
  EXPECT_EQ(client.bind(0x4001, kPeer).error(), 403);
}

// ---- section 5.5: the end ----

TEST(TcpAllocation, takes_its_connections_with_it) {
  World world(tcp_config());
  TcpClient client(world);
  ASSERT_TRUE(client.allocate_tcp().is_success());
  const ConnectionId waiting = client.connected("8.8.8.8:1");
  const ConnectionId bound = client.connected("8.8.8.8:2");
  ASSERT_TRUE(TcpClient(world, kDataConnection).bind_to(bound).is_success());

  ASSERT_TRUE(client.refresh(0).is_success());

  EXPECT_THAT(world.peers.closed, ::testing::UnorderedElementsAre(waiting, bound));
  EXPECT_TRUE(world.peers.listening.empty());
  EXPECT_EQ(world.server.peer_connection_count(), 0u);
}

TEST(TcpAllocation, answers_no_connect_that_outlived_it) {
  World world(tcp_config());
  TcpClient client(world);
  ASSERT_TRUE(client.allocate_tcp().is_success());
  ASSERT_EQ(client.connect(kPeer).verdict.action, TurnAction::kReplyLater);
  const ConnectionId id = world.peers.connecting[0].id;
  world.server.on_client_closed(client.five_tuple());

  overlay::PacketBuffer buffer;
  EXPECT_EQ(world.server.on_peer_connected(id, buffer, world.now).action, TurnAction::kDrop);
  EXPECT_THAT(world.peers.closed, ::testing::ElementsAre(id));
}

// ---- what is ours ----

TEST(TcpAllocation, lives_on_in_a_drain_and_when_the_module_is_switched_off) {
  World world(tcp_config());
  TcpClient client(world);
  ASSERT_TRUE(client.allocate_tcp().is_success());
  world.server.reconfigure(sample_config(), world.wall_clock.at(world.now));
  world.server.drain(Drain{.deadline = world.now + 1min, .alternatives = {}});

  const ConnectionId id = client.connected(kPeer);

  EXPECT_TRUE(TcpClient(world, kDataConnection).bind_to(id).is_success());
  EXPECT_FALSE(TcpClient(world, "192.0.2.10:40002").allocate_tcp().is_success());
}

TEST(TcpAllocation, counts_the_bytes_of_its_connections) {
  World world(tcp_config());
  TcpClient client(world);
  ASSERT_TRUE(client.allocate_tcp().is_success());
  const ConnectionId id = client.connected(kPeer);

  world.server.on_peer_bytes(id, 100, 7);

  world.server.for_each_allocation([](const Allocation& allocation) {
    EXPECT_EQ(allocation.bytes_to_peer, 100u);
    EXPECT_EQ(allocation.bytes_to_client, 7u);
  });
}

}  // namespace tcp_allocation_test
}  // namespace relay::testing
