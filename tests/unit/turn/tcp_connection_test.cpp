// Connections of TCP allocations with their peers: RFC 6062 sections 5.2 to 5.4.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/turn/tcp_client.h"

namespace relay::testing {
namespace tcp_connection_test {

using namespace std::chrono_literals;

Answer answer_in(const overlay::PacketBuffer& buffer) {
  return Answer(buffer.bytes());
}

class GrantedTcpAllocation : public ::testing::Test {
 public:
  GrantedTcpAllocation() { EXPECT_TRUE(client.allocate_tcp().is_success()); }

  World world{tcp_config()};
  TcpClient client{world};
  TcpClient data{world, kDataConnection};
};

// ---- section 5.2: Connect ----

TEST_F(GrantedTcpAllocation, connects_from_the_relayed_address_and_answers_when_the_peer_has) {
  ASSERT_EQ(client.connect(kPeer).verdict.action, TurnAction::kReplyLater);
  ASSERT_EQ(world.peers.connecting.size(), 1u);
  const auto& connecting = world.peers.connecting.front();
  EXPECT_EQ(connecting.relayed, client.relayed_tcp);
  EXPECT_EQ(connecting.peer, endpoint(kPeer));
  overlay::PacketBuffer buffer;
  const TurnVerdict verdict = world.server.on_peer_connected(connecting.id, buffer, world.now);

  EXPECT_EQ(verdict.action, TurnAction::kReplyToClient);
  EXPECT_EQ(verdict.route.destination, endpoint(kClient));
  EXPECT_EQ(verdict.route.transport, overlay::Transport::kTcp);
  const Answer answer = answer_in(buffer);
  EXPECT_EQ(answer.message().type(), (StunType{StunMethod::kConnect, StunClass::kSuccess}));
  EXPECT_EQ(answer.message().find_u32(StunAttribute::kConnectionId), connecting.id.value);
  EXPECT_TRUE(
      integrity_matches(client.key(), answer.message().before_integrity(), *answer.message().integrity()));
}

TEST_F(GrantedTcpAllocation, tells_a_client_that_its_peer_refused) {
  ASSERT_EQ(client.connect(kPeer).verdict.action, TurnAction::kReplyLater);

  overlay::PacketBuffer buffer;
  const auto verdict = world.server.on_peer_failed(world.peers.connecting[0].id, buffer, world.now);

  EXPECT_EQ(verdict.action, TurnAction::kReplyToClient);
  EXPECT_EQ(answer_in(buffer).error(), 447);
  EXPECT_EQ(world.server.peer_connection_count(), 0u);
}

TEST_F(GrantedTcpAllocation, gives_a_peer_thirty_seconds_to_answer) {
  ASSERT_EQ(client.connect(kPeer).verdict.action, TurnAction::kReplyLater);
  overlay::PacketBuffer buffer;
  EXPECT_EQ(world.server.next_timeout(), world.now + 30s);
  world.advance(30s - 1ms);
  EXPECT_FALSE(world.server.poll_overdue_connect(buffer, world.now));

  world.advance(1ms);
  const auto verdict = world.server.poll_overdue_connect(buffer, world.now);

  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->action, TurnAction::kReplyToClient);
  EXPECT_EQ(answer_in(buffer).error(), 447);
  EXPECT_THAT(world.peers.closed, ::testing::ElementsAre(world.peers.connecting[0].id));
  EXPECT_FALSE(world.server.poll_overdue_connect(buffer, world.now));
}

TEST_F(GrantedTcpAllocation, has_one_connection_with_a_peer) {
  ASSERT_EQ(client.connect(kPeer).verdict.action, TurnAction::kReplyLater);
  EXPECT_EQ(Answer(client.connect(kPeer).bytes).error(), 446) << "while it is being made";
  overlay::PacketBuffer buffer;
  (void)world.server.on_peer_connected(world.peers.connecting[0].id, buffer, world.now);

  EXPECT_EQ(Answer(client.connect(kPeer).bytes).error(), 446) << "while it waits";
  EXPECT_EQ(client.connect("8.8.8.8:5001").verdict.action, TurnAction::kReplyLater) << "another port";
}

struct ConnectRefusal {
  std::string name;
  int error;
  TurnClient::Attributes attributes;
};
void PrintTo(const ConnectRefusal& refusal, std::ostream* out) {
  *out << refusal.name;
}

class TcpConnectRefusal : public ::testing::TestWithParam<ConnectRefusal> {};

TEST_P(TcpConnectRefusal, is_answered_at_once) {
  TurnServerConfig config = tcp_config();
  config.peer_policy.reserve(endpoint("8.8.4.4:9100"));
  World world(config);
  TcpClient client(world);
  ASSERT_TRUE(client.allocate_tcp().is_success());

  EXPECT_EQ(client.ask(StunMethod::kConnect, GetParam().attributes).error(), GetParam().error);
  EXPECT_TRUE(world.peers.connecting.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Section5_2, TcpConnectRefusal,
    ::testing::Values(
        ConnectRefusal{"without_a_peer", 400, {}},
        ConnectRefusal{"with_half_a_peer", 400,
                       [](StunWriter& w) { w.add(StunAttribute::kXorPeerAddress, overlay::ByteArray<4>{}); }},
        ConnectRefusal{"without_a_port", 400, [](StunWriter& w) { add_peer(w, "8.8.8.8:0"); }},
        ConnectRefusal{"of_a_private_peer", 403, [](StunWriter& w) { add_peer(w, "10.0.0.1:80"); }},
        ConnectRefusal{"of_a_control_address", 403, [](StunWriter& w) { add_peer(w, "8.8.4.4:9100"); }},
        ConnectRefusal{"of_a_disguised_loopback_peer", 443,
                       [](StunWriter& w) { add_peer(w, "[::ffff:127.0.0.1]:80"); }},
        ConnectRefusal{"of_another_family", 443, [](StunWriter& w) { add_peer(w, "[2001:4860::8]:80"); }}),
    [](const auto& refusal) { return refusal.param.name; });

TEST(TcpAllocation, reaches_other_services_at_a_relayed_address_only_if_the_operator_allows_it) {
  TurnServerConfig config = tcp_config();
  config.relay_addresses = {overlay::IpAddress::parse("8.8.4.4").value()};
  World closed(config);
  config.peer_policy.allow(overlay::IpPrefix::parse("8.8.4.4/32").value());
  World open(config);
  TcpClient client(closed);
  TcpClient allowed(open);
  ASSERT_TRUE(client.allocate_tcp().is_success());
  ASSERT_TRUE(allowed.allocate_tcp().is_success());

  const auto to_ssh = [](StunWriter& w) { add_peer(w, "8.8.4.4:22"); };
  EXPECT_EQ(client.ask(StunMethod::kConnect, to_ssh).error(), 403);
  EXPECT_EQ(allowed.connect("8.8.4.4:22").verdict.action, TurnAction::kReplyLater);
  EXPECT_EQ(client.ask(StunMethod::kConnect, [](StunWriter& w) { add_peer(w, "8.8.4.4:50000"); }).error(),
            403)
      << "within the range of relay ports, but no allocation";
}

TEST(TcpAllocation, is_what_connect_needs) {
  World world(tcp_config());
  TcpClient nobody(world);
  TcpClient with_udp(world, kDataConnection);
  ASSERT_TRUE(with_udp.allocate().is_success());

  EXPECT_EQ(Answer(nobody.connect(kPeer).bytes).error(), 437);
  EXPECT_EQ(Answer(with_udp.connect(kPeer).bytes).error(), 437);
}

TEST(TcpAllocation, bounds_the_connections_of_one_allocation_and_of_all) {
  World world(tcp_config());
  TcpClient first(world);
  TcpClient second(world, "192.0.2.11:1");
  TcpClient third(world, "192.0.2.12:1");
  for (TcpClient* const client : {&first, &second, &third})
    ASSERT_TRUE(client->allocate_tcp().is_success());
  (void)first.connected("8.8.8.8:1");
  (void)first.connected("8.8.8.8:2");

  EXPECT_EQ(Answer(first.connect("8.8.8.8:3").bytes).error(), 508);
  (void)second.connected("8.8.8.8:1");
  (void)second.connected("8.8.8.8:2");
  EXPECT_EQ(Answer(third.connect("8.8.8.8:1").bytes).error(), 508);
}

// ---- section 5.3: incoming connections ----

TEST_F(GrantedTcpAllocation, tells_its_client_of_a_permitted_peer_that_connects) {
  ASSERT_TRUE(client.permit(kPeer).is_success());
  overlay::PacketBuffer buffer;

  const auto attempt = world.server.on_peer_attempt(client.relayed_tcp, endpoint(kPeer), buffer, world.now);

  EXPECT_EQ(attempt.verdict.action, TurnAction::kToClient);
  EXPECT_EQ(attempt.verdict.route.destination, endpoint(kClient));
  const Answer told = answer_in(buffer);
  EXPECT_EQ(told.message().type(), (StunType{StunMethod::kConnectionAttempt, StunClass::kIndication}));
  EXPECT_EQ(told.address(StunAttribute::kXorPeerAddress), endpoint(kPeer));
  EXPECT_EQ(told.message().find_u32(StunAttribute::kConnectionId), attempt.id.value);
}

TEST_F(GrantedTcpAllocation, turns_away_peers_without_a_permission_or_room) {
  overlay::PacketBuffer buffer;
  const auto reason_of = [&](std::string_view peer) {
    return world.server.on_peer_attempt(client.relayed_tcp, endpoint(peer), buffer, world.now).verdict.reason;
  };

  EXPECT_EQ(reason_of(kPeer), TurnDrop::kNoPermission);
  ASSERT_TRUE(client.permit(kPeer).is_success());
  EXPECT_EQ(reason_of("8.8.8.8:1"), TurnDrop::kNone);
  EXPECT_EQ(reason_of("8.8.8.8:2"), TurnDrop::kNone);
  EXPECT_EQ(reason_of("8.8.8.8:3"), TurnDrop::kTooManyConnections);
  world.advance(5min);
  EXPECT_EQ(reason_of(kPeer), TurnDrop::kNoPermission);
}

// ---- section 5.4: ConnectionBind ----

TEST_F(GrantedTcpAllocation, binds_the_connection_of_its_user) {
  const ConnectionId id = client.connected(kPeer);

  EXPECT_TRUE(data.bind_to(id).is_success());

  ASSERT_EQ(world.peers.bound.size(), 1u);
  EXPECT_EQ(world.peers.bound[0].first, id);
  EXPECT_EQ(world.peers.bound[0].second, data.five_tuple());
  world.advance(31s);
  EXPECT_TRUE(world.peers.closed.empty()) << "what is bound stays";
}

TEST_F(GrantedTcpAllocation, binds_no_connection_twice_and_none_that_does_not_exist) {
  const ConnectionId id = client.connected(kPeer);
  ASSERT_TRUE(data.bind_to(id).is_success());

  EXPECT_EQ(TcpClient(world, "192.0.2.10:40002").bind_to(id).error(), 400);
  EXPECT_EQ(TcpClient(world, "192.0.2.10:40002").bind_to({id.value + 1}).error(), 400);
  EXPECT_EQ(TcpClient(world, "192.0.2.10:40002").ask(StunMethod::kConnectionBind).error(), 400);
}

TEST_F(GrantedTcpAllocation, binds_for_its_own_user_only_and_not_on_its_control_connection) {
  TcpClient stranger(world, kDataConnection, "bob");
  TcpClient datagrams(world, "192.0.2.10:40002");
  datagrams.use(overlay::Transport::kUdp);
  const ConnectionId id = client.connected(kPeer);

  EXPECT_EQ(stranger.bind_to(id).error(), 441);
  EXPECT_EQ(datagrams.bind_to(id).error(), 400);
  EXPECT_EQ(client.bind_to(id).error(), 400);
  EXPECT_TRUE(world.peers.bound.empty());
}

TEST_F(GrantedTcpAllocation, gives_a_client_thirty_seconds_to_bind) {
  const ConnectionId id = client.connected(kPeer);
  world.advance(30s - 1ms);
  EXPECT_TRUE(world.peers.closed.empty());

  world.advance(1ms);

  EXPECT_THAT(world.peers.closed, ::testing::ElementsAre(id));
  EXPECT_EQ(data.bind_to(id).error(), 400);
}

// ---- what is ours ----

TEST(TcpAllocation, names_the_data_plane_in_its_connection_ids) {
  TurnServerConfig config = tcp_config();
  config.port_stride = 3;
  config.port_offset = 2;
  World world(config);
  TcpClient client(world);
  ASSERT_TRUE(client.allocate_tcp().is_success());

  const ConnectionId id = client.connected(kPeer);

  EXPECT_EQ(id.value % 3, 2u);
  const auto request = client.sign(StunMethod::kConnectionBind, [&](StunWriter& writer) {
    writer.add_u32(StunAttribute::kConnectionId, id.value);
  });
  EXPECT_EQ(named_by_connection_bind(request), id);
  EXPECT_EQ(named_by_connection_bind(client.sign(StunMethod::kConnectionBind)), std::nullopt);
  EXPECT_EQ(named_by_connection_bind(client.sign(StunMethod::kRefresh)), std::nullopt);
}

}  // namespace tcp_connection_test
}  // namespace relay::testing
