// Payload both ways, and when it stops: permissions, channels, lifetimes.
#include <gtest/gtest.h>

#include "overlay/base/wire.h"
#include "tests/unit/turn/turn_client.h"

namespace relay::testing {
namespace relay_test {

using namespace std::chrono_literals;
using overlay::as_text;

constexpr std::string_view kClient = "192.0.2.10:40000";
constexpr std::string_view kPeer = "8.8.8.8:5000";

class Relay : public ::testing::Test {
 protected:
  Relay() { EXPECT_TRUE(client_.allocate().is_success()); }

  World world_;
  TurnClient client_{world_, kClient};
};

TEST_F(Relay, sends_channel_data_to_the_peer_without_its_header) {
  ASSERT_TRUE(client_.bind(0x4000, kPeer).is_success());

  for (const std::size_t padding : {0u, 1u, 3u}) {
    const Outcome outcome = client_.send_channel(0x4000, "hello", padding);

    EXPECT_EQ(outcome.verdict.action, TurnAction::kToPeer);
    EXPECT_EQ(outcome.verdict.route.source, client_.relayed());
    EXPECT_EQ(outcome.verdict.route.destination, endpoint(kPeer));
    EXPECT_EQ(as_text(outcome.bytes), "hello");
  }
}

TEST_F(Relay, gives_a_bound_peer_s_payload_to_the_client_as_channel_data) {
  ASSERT_TRUE(client_.bind(0x4000, kPeer).is_success());

  const Outcome outcome = client_.receive_from(kPeer, "hello");

  EXPECT_EQ(outcome.verdict.action, TurnAction::kToClient);
  EXPECT_EQ(outcome.verdict.route.destination, endpoint("192.0.2.10:40000"));
  EXPECT_EQ(as_text(outcome.bytes), std::string_view("\x40\x00\x00\x05hello", 9));
}

TEST_F(Relay, sends_an_indication_s_data_to_the_peer) {
  ASSERT_TRUE(client_.permit(kPeer).is_success());

  const Outcome outcome = client_.send_indication("8.8.8.8:6000", "hello");

  EXPECT_EQ(outcome.verdict.action, TurnAction::kToPeer);
  EXPECT_EQ(outcome.verdict.route.destination, endpoint("8.8.8.8:6000"));
  EXPECT_EQ(as_text(outcome.bytes), "hello");
}

TEST_F(Relay, gives_an_unbound_peer_s_payload_as_data_indication_with_zero_padding) {
  ASSERT_TRUE(client_.permit(kPeer).is_success());

  for (const std::string payload : {"", "a", "ab", "abc", "abcd"}) {
    const Outcome outcome = client_.receive_from(kPeer, payload);

    const auto message = StunReader::parse(outcome.bytes);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->type(), (StunType{StunMethod::kData, StunClass::kIndication}));
    EXPECT_EQ(message->find_xor_address(StunAttribute::kXorPeerAddress), endpoint(kPeer));
    EXPECT_EQ(as_text(message->find(StunAttribute::kData).value()), payload);
    for (std::size_t i = outcome.bytes.size() - (4 - payload.size() % 4) % 4; i < outcome.bytes.size(); ++i)
      EXPECT_EQ(outcome.bytes[i], 0);
  }
}

TEST_F(Relay, serves_ipv6_peers_of_an_ipv6_allocation) {
  TurnClient client(world_, "192.0.2.10:40001");
  ASSERT_TRUE(client.allocate([](StunWriter& writer) { add_family(writer, 2); }).is_success());
  ASSERT_TRUE(client.permit("[2a00:1450::1]:5000").is_success());

  const Outcome there = client.send_indication("[2a00:1450::1]:5000", "hello");
  const Outcome back = client.receive_from("[2a00:1450::1]:5000", "hello");

  EXPECT_EQ(there.verdict.action, TurnAction::kToPeer);
  EXPECT_EQ(back.verdict.action, TurnAction::kToClient);
  EXPECT_TRUE(StunReader::parse(back.bytes));
}

TEST_F(Relay, drops_what_has_no_permission_and_counts_it) {
  EXPECT_EQ(client_.send_indication(kPeer, "x").verdict.reason, TurnDrop::kNoPermission);
  EXPECT_EQ(client_.receive_from(kPeer, "x").verdict.reason, TurnDrop::kNoPermission);
  EXPECT_EQ(client_.send_channel(0x4000, "x").verdict.reason, TurnDrop::kUnboundChannel);
  EXPECT_EQ(world_.server.dropped(TurnDrop::kNoPermission), 2u);
  EXPECT_EQ(world_.server.dropped(TurnDrop::kUnboundChannel), 1u);
}

TEST_F(Relay, drops_what_comes_from_a_stranger_or_is_malformed) {
  TurnClient stranger(world_, "192.0.2.66:40000");
  const overlay::ByteArray<3> cut_off{0x40, 0x00, 0x00};
  const overlay::ByteArray<6> longer_than_it_is{0x40, 0x00, 0x00, 0x03, 1, 2};

  EXPECT_EQ(stranger.send_channel(0x4000, "x").verdict.reason, TurnDrop::kNoAllocation);
  EXPECT_EQ(stranger.send_indication(kPeer, "x").verdict.reason, TurnDrop::kNoAllocation);
  EXPECT_EQ(client_.send({}).verdict.reason, TurnDrop::kMalformed);
  EXPECT_EQ(client_.send(cut_off).verdict.reason, TurnDrop::kMalformed);
  EXPECT_EQ(client_.send(longer_than_it_is).verdict.reason, TurnDrop::kMalformed);
}

TEST_F(Relay, drops_send_indications_without_data_but_not_with_dont_fragment) {
  ASSERT_TRUE(client_.permit(kPeer).is_success());
  const StunType send{StunMethod::kSend, StunClass::kIndication};

  const Outcome empty = client_.send_unsigned(send, [](StunWriter& writer) { add_peer(writer, kPeer); });
  const Outcome whole = client_.send_unsigned(send, [](StunWriter& writer) {
    add_peer(writer, kPeer);
    writer.add(StunAttribute::kDontFragment, {});
    writer.add_text(StunAttribute::kData, "x");
  });

  EXPECT_EQ(empty.verdict.reason, TurnDrop::kMissingAttribute);
  EXPECT_EQ(whole.verdict.action, TurnAction::kToPeer);
  EXPECT_TRUE(whole.verdict.route.dont_fragment);
}

// RFC 8656 sections 11.2 and 12.6.
TEST_F(Relay, forms_a_datagram_of_no_data_too) {
  ASSERT_TRUE(client_.bind(0x4000, kPeer).is_success());

  for (const Outcome& sent : {client_.send_channel(0x4000, ""), client_.send_indication(kPeer, "")}) {
    EXPECT_EQ(sent.verdict.action, TurnAction::kToPeer);
    EXPECT_TRUE(sent.bytes.empty());
  }
  EXPECT_EQ(as_text(client_.receive_from(kPeer, "").bytes), std::string_view("\x40\x00\x00\x00", 4));
}

TEST_F(Relay, looks_at_the_address_of_a_peer_and_not_at_its_port) {
  ASSERT_TRUE(client_.permit("8.8.8.8:0").is_success());

  EXPECT_EQ(client_.send_indication("8.8.8.8:1", "x").verdict.action, TurnAction::kToPeer);
  EXPECT_EQ(client_.receive_from("8.8.8.8:65535", "x").verdict.action, TurnAction::kToClient);
}

// RFC 8656 sections 9 and 12.6.
TEST_F(Relay, renews_nothing_for_data) {
  ASSERT_TRUE(client_.bind(0x4000, kPeer).is_success());
  for (int minute = 0; minute < 5; ++minute) {
    EXPECT_EQ(client_.send_channel(0x4000, "x").verdict.action, TurnAction::kToPeer);
    EXPECT_EQ(client_.send_indication(kPeer, "x").verdict.action, TurnAction::kToPeer);
    EXPECT_EQ(client_.receive_from(kPeer, "x").verdict.action, TurnAction::kToClient);
    world_.advance(1min);
  }

  EXPECT_EQ(client_.send_channel(0x4000, "x").verdict.reason, TurnDrop::kNoPermission);
  EXPECT_EQ(client_.receive_from(kPeer, "x").verdict.reason, TurnDrop::kNoPermission);
}

TEST_F(Relay, renews_the_permission_with_its_channel) {
  ASSERT_TRUE(client_.bind(0x4000, kPeer).is_success());
  world_.advance(4min);
  ASSERT_TRUE(client_.bind(0x4000, kPeer).is_success());
  world_.advance(4min);

  EXPECT_EQ(client_.send_channel(0x4000, "x").verdict.action, TurnAction::kToPeer);
}

// RFC 8656 sections 13 to 15.
TEST(DontFragment, is_heeded_between_ipv4_and_ipv4_and_for_what_came_by_a_stream) {
  struct Case {
    std::string_view client;
    std::string_view peer;
    overlay::Transport transport;
    bool is_heeded;
  };
  using enum overlay::Transport;
  constexpr std::string_view kClientV6 = "[2001:db8:1::10]:40000";
  constexpr std::string_view kPeerV6 = "[2a00::1]:5000";
  for (const Case& way : {Case{kClient, kPeer, kUdp, true}, Case{kClient, kPeer, kDtls, true},
                          Case{kClient, kPeerV6, kUdp, false}, Case{kClientV6, kPeer, kUdp, false},
                          Case{kClientV6, kPeerV6, kUdp, false}, Case{kClientV6, kPeerV6, kDtls, false},
                          Case{kClientV6, kPeerV6, kTcp, true}, Case{kClientV6, kPeer, kTls, true},
                          Case{kClient, kPeer, kTcp, true}}) {
    World world;
    TurnClient client(world, way.client);
    client.speak(way.transport);
    const std::uint8_t family = endpoint(way.peer).address.is_v4() ? 1 : 2;
    ASSERT_TRUE(client.allocate([&](StunWriter& writer) { add_family(writer, family); }).is_success());
    ASSERT_TRUE(client.permit(way.peer).is_success());

    const Outcome sent =
        client.send_unsigned({StunMethod::kSend, StunClass::kIndication}, [&](StunWriter& writer) {
          add_peer(writer, way.peer);
          writer.add(StunAttribute::kDontFragment, {});
          writer.add_text(StunAttribute::kData, "x");
        });

    EXPECT_EQ(sent.verdict.action, TurnAction::kToPeer);
    EXPECT_EQ(sent.verdict.route.dont_fragment, way.is_heeded)
        << way.client << " to " << way.peer << " by " << to_string(way.transport);
  }
}

TEST_F(Relay, installs_no_permission_when_one_of_the_peers_is_forbidden) {
  const Answer answer = client_.ask(StunMethod::kCreatePermission, [](StunWriter& writer) {
    add_peer(writer, kPeer);
    add_peer(writer, "10.0.0.1:1");
  });

  EXPECT_EQ(answer.error(), 403);
  EXPECT_EQ(client_.send_indication(kPeer, "x").verdict.reason, TurnDrop::kNoPermission);
}

TEST_F(Relay, installs_all_permissions_of_a_request_or_none_at_the_bound) {
  const auto peer = [](std::size_t i) {
    return "8.8." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ":1";
  };
  for (std::size_t i = 0; i + 1 < 256; ++i)
    ASSERT_TRUE(client_.permit(peer(i)).is_success());

  const Answer refused = client_.ask(StunMethod::kCreatePermission, [&](StunWriter& writer) {
    add_peer(writer, peer(0));
    add_peer(writer, peer(1000));
    add_peer(writer, peer(1001));
  });

  EXPECT_EQ(refused.error(), 508);
  EXPECT_EQ(client_.send_indication(peer(1000), "x").verdict.reason, TurnDrop::kNoPermission);
  EXPECT_EQ(client_.send_indication(peer(0), "x").verdict.action, TurnAction::kToPeer);
  EXPECT_TRUE(client_.permit(peer(1000)).is_success());
  EXPECT_EQ(client_.bind(0x4000, peer(1001)).error(), 508);
}

TEST_F(Relay, ends_a_permission_after_five_minutes_unless_renewed) {
  ASSERT_TRUE(client_.permit(kPeer).is_success());

  world_.advance(4min);
  ASSERT_TRUE(client_.permit(kPeer).is_success());
  world_.advance(5min - 1ns);
  EXPECT_EQ(client_.send_indication(kPeer, "x").verdict.action, TurnAction::kToPeer);

  world_.advance(1ns);
  EXPECT_EQ(client_.send_indication(kPeer, "x").verdict.reason, TurnDrop::kNoPermission);
}

TEST_F(Relay, ends_a_channel_after_ten_minutes_and_frees_its_number) {
  ASSERT_TRUE(client_.refresh(3600).is_success());
  ASSERT_TRUE(client_.bind(0x4000, kPeer).is_success());

  world_.advance(6min);  // the channel stands, its permission does not
  EXPECT_EQ(client_.send_channel(0x4000, "x").verdict.reason, TurnDrop::kNoPermission);
  world_.advance(4min);
  EXPECT_EQ(client_.send_channel(0x4000, "x").verdict.reason, TurnDrop::kUnboundChannel);

  EXPECT_TRUE(client_.bind(0x4000, "8.8.4.4:1").is_success());
}

TEST_F(Relay, ends_an_allocation_with_its_lifetime_and_closes_its_port) {
  EXPECT_EQ(world_.server.next_timeout(), world_.now + 10min);
  world_.advance(5min);
  ASSERT_TRUE(client_.refresh(600).is_success());
  EXPECT_EQ(world_.server.next_timeout(), world_.now + 10min);

  world_.advance(10min - 1ns);
  EXPECT_EQ(world_.server.allocation_count(), 1u);
  world_.advance(1ns);

  EXPECT_EQ(world_.server.allocation_count(), 0u);
  EXPECT_TRUE(world_.io.open().empty());
  EXPECT_EQ(world_.server.next_timeout(), overlay::kNever);
}

TEST_F(Relay, ends_an_allocation_at_once_when_it_is_refreshed_with_zero) {
  const Answer answer = client_.refresh(0);

  EXPECT_EQ(answer.message().find_u32(StunAttribute::kLifetime), 0u);
  EXPECT_TRUE(world_.io.open().empty());
  EXPECT_TRUE(world_.io.is_balanced());
  EXPECT_EQ(client_.receive_from(kPeer, "x").verdict.reason, TurnDrop::kNoAllocation);
  EXPECT_TRUE(client_.allocate().is_success());
}

TEST(TurnServer, closes_every_port_when_it_ends) {
  World world;
  TurnServerConfig config = sample_config();
  overlay::PacketBuffer buffer;
  TurnClient client(world, "192.0.2.10:1");
  const auto request = client.sign(StunMethod::kAllocate, [](StunWriter& writer) {
    add_udp(writer);
    writer.add(StunAttribute::kEvenPort, overlay::ByteArray<1>{0x80});
  });

  {
    TurnServer server(config, world.io, world.random);
    ASSERT_TRUE(buffer.assign(request));
    (void)server.on_client_datagram(
        {.source = endpoint("192.0.2.10:1"), .local = endpoint("198.51.100.7:3478")}, buffer, world.now,
        world.wall_clock);
    ASSERT_EQ(world.io.open().size(), 2u);
  }

  EXPECT_TRUE(world.io.open().empty());
  EXPECT_TRUE(world.io.is_balanced());
}

// Two clients of one server: what one sends to the other's relayed address turns round in the data plane.
TEST_F(Relay, lets_two_allocations_talk_to_each_other) {
  TurnServerConfig config = sample_config();
  config.peer_policy.allow(overlay::IpPrefix::parse("198.51.100.7").value());
  World world(config);
  TurnClient a(world, "192.0.2.10:1");
  TurnClient b(world, "192.0.2.11:1", "bob");
  ASSERT_TRUE(a.allocate().is_success());
  ASSERT_TRUE(b.allocate().is_success());
  ASSERT_TRUE(a.bind(0x4000, b.relayed().to_string()).is_success());
  ASSERT_TRUE(b.permit(a.relayed().to_string()).is_success());

  const Outcome out = a.send_channel(0x4000, "hello");
  const Outcome in = b.receive_from(out.verdict.route.source.to_string(), as_text(out.bytes));

  EXPECT_EQ(out.verdict.route.destination, b.relayed());
  EXPECT_EQ(in.verdict.action, TurnAction::kToClient);
  EXPECT_EQ(as_text(StunReader::parse(in.bytes)->find(StunAttribute::kData).value()), "hello");
}

}  // namespace relay_test
}  // namespace relay::testing
