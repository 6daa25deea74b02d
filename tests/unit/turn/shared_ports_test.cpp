// Allocations that share relayed addresses: which peer's datagrams are whose.
#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/turn/turn_client.h"

namespace relay::testing {
namespace shared_ports_test {

using namespace std::chrono_literals;

constexpr std::string_view kPeer = "8.8.8.8:5000";
constexpr std::string_view kHostOfPeer = "8.8.8.8:0";
constexpr std::string_view kSamePeerOtherPort = "8.8.8.8:5001";
constexpr std::string_view kOtherPeer = "1.1.1.1:5000";
constexpr std::uint16_t kChannel = 0x4000;

TurnServerConfig sharing(std::size_t ports) {
  TurnServerConfig config = sample_config();
  config.shared_relay_ports = ports;
  return config;
}

struct SharedPorts : ::testing::Test {
  // Allocated clients on one port.
  void SetUp() override {
    ASSERT_TRUE(alice.allocate().is_success());
    ASSERT_TRUE(bob.allocate().is_success());
    ASSERT_EQ(alice.relayed(), bob.relayed());
  }
  struct Bounds {
    std::uint16_t permissions = 256;
    std::uint16_t channels = 256;
  };
  // Sets the limits of later allocations.
  void limit_newcomers(const Bounds& bounds) {
    TurnServerConfig config = sharing(1);
    config.limits.permissions = bounds.permissions;
    config.limits.channels = bounds.channels;
    world.server.reconfigure(std::move(config), kUnixStart);
  }
  // A peer's datagram at that port.
  [[nodiscard]] TurnVerdict from(std::string_view peer) { return alice.receive_from(peer, "x").verdict; }
  [[nodiscard]] bool reaches(std::string_view peer, const TurnClient& client) {
    const TurnVerdict verdict = from(peer);
    return verdict.action == TurnAction::kToClient && verdict.route.destination == client.five_tuple().client;
  }

  World world{sharing(1)};
  TurnClient alice{world, "192.0.2.10:40000", "alice"};
  TurnClient bob{world, "192.0.2.11:40000", "bob"};
};

TEST_F(SharedPorts, carry_each_peers_datagrams_to_the_client_with_a_channel_to_it) {
  ASSERT_TRUE(alice.bind(kChannel, kPeer).is_success());
  ASSERT_TRUE(bob.bind(kChannel, kSamePeerOtherPort).is_success());

  EXPECT_TRUE(reaches(kPeer, alice));
  EXPECT_TRUE(reaches(kSamePeerOtherPort, bob));
}

TEST_F(SharedPorts, carry_each_peers_datagrams_to_the_client_that_sent_to_it) {
  ASSERT_TRUE(alice.permit(kHostOfPeer).is_success());
  ASSERT_TRUE(bob.permit(kHostOfPeer).is_success());
  ASSERT_EQ(alice.send_indication(kPeer, "x").verdict.action, TurnAction::kToPeer);
  ASSERT_EQ(bob.send_indication(kSamePeerOtherPort, "x").verdict.action, TurnAction::kToPeer);

  EXPECT_TRUE(reaches(kPeer, alice));
  EXPECT_TRUE(reaches(kSamePeerOtherPort, bob));
}

TEST_F(SharedPorts, carry_each_peers_datagrams_to_the_client_that_named_its_port_in_a_permission) {
  ASSERT_TRUE(alice.permit(kPeer).is_success());
  ASSERT_TRUE(bob.permit(kSamePeerOtherPort).is_success());

  EXPECT_TRUE(bob.permit(kPeer).is_success());

  EXPECT_TRUE(reaches(kPeer, alice));
  EXPECT_TRUE(reaches(kSamePeerOtherPort, bob));
}

TEST_F(SharedPorts, refuse_a_channel_to_the_peer_of_another_client) {
  ASSERT_TRUE(alice.bind(kChannel, kPeer).is_success());

  EXPECT_EQ(bob.bind(kChannel, kPeer).error(), 508);

  EXPECT_TRUE(alice.bind(kChannel, kPeer).is_success());
  EXPECT_TRUE(bob.bind(kChannel, kOtherPeer).is_success());
}

TEST_F(SharedPorts, drop_what_is_sent_to_the_peer_of_another_client) {
  ASSERT_TRUE(alice.bind(kChannel, kPeer).is_success());
  ASSERT_TRUE(bob.permit(kPeer).is_success());

  EXPECT_EQ(bob.send_indication(kPeer, "x").verdict.reason, TurnDrop::kPeerTaken);

  EXPECT_EQ(world.server.dropped(TurnDrop::kPeerTaken), 1u);
  EXPECT_TRUE(reaches(kPeer, alice));
}

TEST_F(SharedPorts, give_a_peer_to_the_next_client_once_permission_and_channel_are_over) {
  ASSERT_TRUE(alice.bind(kChannel, kPeer).is_success());
  world.advance(6min);
  ASSERT_TRUE(bob.permit(kPeer).is_success());
  ASSERT_EQ(bob.send_indication(kPeer, "x").verdict.reason, TurnDrop::kPeerTaken) << "a channel lives longer";
  EXPECT_EQ(from(kPeer).reason, TurnDrop::kNoPermission);
  ASSERT_TRUE(alice.refresh(600).is_success());
  ASSERT_TRUE(bob.refresh(600).is_success());
  world.advance(5min);

  ASSERT_TRUE(bob.bind(kChannel, kPeer).is_success());

  EXPECT_TRUE(reaches(kPeer, bob));
  EXPECT_EQ(alice.bind(kChannel, kPeer).error(), 508);
}

TEST_F(SharedPorts, give_a_peer_to_the_next_client_when_the_allocation_ends) {
  ASSERT_TRUE(alice.bind(kChannel, kPeer).is_success());
  ASSERT_TRUE(bob.permit(kPeer).is_success());

  ASSERT_TRUE(alice.refresh(0).is_success());

  EXPECT_EQ(bob.send_indication(kPeer, "x").verdict.action, TurnAction::kToPeer);
  EXPECT_TRUE(reaches(kPeer, bob));
}

TEST_F(SharedPorts, carry_an_unknown_port_to_the_only_client_that_permits_the_address) {
  ASSERT_TRUE(alice.permit(kHostOfPeer).is_success());
  ASSERT_TRUE(bob.permit(kOtherPeer).is_success());

  EXPECT_TRUE(reaches(kPeer, alice));
  EXPECT_TRUE(reaches(kSamePeerOtherPort, alice));
  EXPECT_TRUE(reaches(kOtherPeer, bob));
  EXPECT_EQ(from("9.9.9.10:5000").reason, TurnDrop::kNoPermission);
}

TEST_F(SharedPorts, keep_a_peer_with_the_client_that_it_reached_first) {
  ASSERT_TRUE(alice.permit(kHostOfPeer).is_success());
  ASSERT_TRUE(reaches(kPeer, alice));

  ASSERT_TRUE(bob.permit(kHostOfPeer).is_success());

  EXPECT_TRUE(reaches(kPeer, alice));
  EXPECT_EQ(bob.send_indication(kPeer, "x").verdict.reason, TurnDrop::kPeerTaken);
}

TEST_F(SharedPorts, drop_what_may_be_for_either_of_two_clients) {
  ASSERT_TRUE(alice.permit(kHostOfPeer).is_success());
  ASSERT_TRUE(bob.permit(kHostOfPeer).is_success());

  EXPECT_EQ(from(kPeer).reason, TurnDrop::kAmbiguousPeer);
  world.advance(4min);
  ASSERT_TRUE(bob.permit(kHostOfPeer).is_success());
  EXPECT_EQ(from(kPeer).reason, TurnDrop::kAmbiguousPeer);
  world.advance(2min);

  EXPECT_TRUE(reaches(kPeer, bob)) << "the permission of the other is over";
  world.advance(3min);
  EXPECT_EQ(from(kPeer).reason, TurnDrop::kNoPermission);
}

TEST_F(SharedPorts, list_a_client_again_that_renews_a_permission_that_was_over) {
  ASSERT_TRUE(alice.permit(kHostOfPeer).is_success());
  world.advance(6min);
  ASSERT_EQ(from(kPeer).reason, TurnDrop::kNoPermission);

  ASSERT_TRUE(alice.permit(kHostOfPeer).is_success());

  EXPECT_TRUE(reaches(kPeer, alice));
}

TEST_F(SharedPorts, tell_icmp_errors_to_the_client_whose_peer_it_is) {
  ASSERT_TRUE(alice.bind(kChannel, kPeer).is_success());
  ASSERT_TRUE(bob.bind(kChannel, kSamePeerOtherPort).is_success());
  overlay::PacketBuffer buffer;

  const TurnVerdict verdict = world.server.on_peer_unreachable(
      {.local = alice.relayed(), .remote = endpoint(kSamePeerOtherPort), .type = 3, .code = 3}, buffer,
      world.now);

  EXPECT_EQ(verdict.action, TurnAction::kToClient);
  EXPECT_EQ(verdict.route.destination, bob.five_tuple().client);
}

TEST_F(SharedPorts, close_with_the_last_allocation) {
  ASSERT_TRUE(alice.bind(kChannel, kPeer).is_success());
  ASSERT_TRUE(alice.refresh(0).is_success());
  ASSERT_TRUE(world.server.owns(bob.relayed()));
  ASSERT_EQ(world.io.open().size(), 1u);

  ASSERT_TRUE(bob.refresh(0).is_success());

  EXPECT_FALSE(world.server.owns(bob.relayed()));
  EXPECT_TRUE(world.io.open().empty());
  EXPECT_TRUE(world.io.is_balanced());
  EXPECT_EQ(from(kPeer).reason, TurnDrop::kNoAllocation);
}

TEST_F(SharedPorts, close_when_all_allocations_have_expired) {
  ASSERT_TRUE(alice.bind(kChannel, kPeer).is_success());

  world.advance(11min);

  EXPECT_EQ(world.server.allocation_count(), 0u);
  EXPECT_TRUE(world.io.open().empty());
  EXPECT_TRUE(world.io.is_balanced());
}

TEST_F(SharedPorts, are_even_for_those_who_ask_for_it) {
  TurnClient client{world, "192.0.2.20:40000"};

  ASSERT_TRUE(client
                  .allocate([](StunWriter& writer) {
                    writer.add(StunAttribute::kEvenPort, overlay::ByteArray<1>{0});
                  })
                  .is_success());

  EXPECT_EQ(client.relayed(), alice.relayed());
  EXPECT_EQ(client.relayed().port % 2, 0);
}

TEST_F(SharedPorts, are_not_for_allocations_that_ask_for_more_than_an_address) {
  const std::vector<TurnClient::Attributes> asked{
      [](StunWriter& writer) { writer.add(StunAttribute::kEvenPort, overlay::ByteArray<1>{0x80}); },
      [](StunWriter& writer) { writer.add_u32(StunAttribute::kAdditionalAddressFamily, 0x0200'0000); }};
  std::set<overlay::Endpoint> relayed{alice.relayed()};
  for (std::size_t i = 0; i < asked.size(); ++i) {
    TurnClient client{world, "192.0.2.20:" + std::to_string(1000 + i)};
    ASSERT_TRUE(client.allocate(asked[i]).is_success());

    EXPECT_TRUE(relayed.insert(client.relayed()).second) << i;
  }
}

TEST_F(SharedPorts, are_not_for_allocations_that_may_move_or_are_of_tcp) {
  TurnServerConfig config = sharing(1);
  config.mobility = true;
  config.tcp_relay = {.is_enabled = true, .connections = 4, .connections_per_allocation = 2};
  world.server.reconfigure(std::move(config), kUnixStart);
  TurnClient moving{world, "192.0.2.20:40000"};
  TurnClient of_tcp{world, "192.0.2.21:40000"};
  of_tcp.speak(overlay::Transport::kTcp);
  ASSERT_TRUE(moving.allocate([](StunWriter& writer) { writer.add(StunAttribute::kMobilityTicket, {}); })
                  .is_success());
  ASSERT_TRUE(
      of_tcp
          .ask(StunMethod::kAllocate,
               [](StunWriter& writer) { writer.add_u32(StunAttribute::kRequestedTransport, 6u << 24); })
          .is_success());

  EXPECT_NE(moving.relayed(), alice.relayed());
  EXPECT_EQ(world.peers.listening.size(), 1u);
  EXPECT_EQ(world.io.open().size(), 2u);
}

// A client that sends to every port of a host exhausts only its own claims.
TEST_F(SharedPorts, remember_a_bounded_number_of_peers_of_each_client) {
  limit_newcomers({.permissions = 2, .channels = 2});
  TurnClient wide{world, "192.0.2.20:40000"};
  ASSERT_TRUE(wide.allocate().is_success());
  ASSERT_TRUE(wide.bind(kChannel, kPeer).is_success());
  ASSERT_TRUE(bob.permit(kPeer).is_success());
  const auto port = [](int number) { return "8.8.8.8:" + std::to_string(number); };

  for (int number = 1; number <= 100; ++number)
    ASSERT_EQ(wide.send_indication(port(number), "x").verdict.action, TurnAction::kToPeer);

  EXPECT_EQ(bob.send_indication(port(97), "x").verdict.action, TurnAction::kToPeer) << "given up";
  EXPECT_EQ(bob.send_indication(port(98), "x").verdict.reason, TurnDrop::kPeerTaken);
  EXPECT_EQ(bob.send_indication(port(100), "x").verdict.reason, TurnDrop::kPeerTaken);
  EXPECT_EQ(bob.send_indication(kPeer, "x").verdict.reason, TurnDrop::kPeerTaken) << "has a channel";
}

TEST_F(SharedPorts, do_not_let_a_peer_use_up_the_claims_of_its_client) {
  limit_newcomers({.permissions = 2, .channels = 1});
  TurnClient client{world, "192.0.2.20:40000"};
  ASSERT_TRUE(client.allocate().is_success());
  ASSERT_TRUE(client.permit(kOtherPeer).is_success());
  ASSERT_TRUE(client.permit(kPeer).is_success());
  ASSERT_EQ(client.send_indication(kOtherPeer, "x").verdict.action, TurnAction::kToPeer);

  for (int number = 1; number <= 100; ++number)
    ASSERT_TRUE(reaches("8.8.8.8:" + std::to_string(number), client));

  ASSERT_TRUE(bob.permit(kOtherPeer).is_success());
  EXPECT_EQ(bob.send_indication(kOtherPeer, "x").verdict.reason, TurnDrop::kPeerTaken);
}

TEST_F(SharedPorts, forget_permissions_that_are_over_when_there_are_new_ones) {
  limit_newcomers({.permissions = 2});
  TurnClient client{world, "192.0.2.20:40000"};
  ASSERT_TRUE(client.allocate().is_success());
  for (int host = 1; host <= 10; ++host) {
    ASSERT_TRUE(client.refresh(600).is_success());
    ASSERT_TRUE(client.permit("8.8.4." + std::to_string(host) + ":1").is_success());
    ASSERT_TRUE(client.permit("8.8.5." + std::to_string(host) + ":1").is_success());
    ASSERT_TRUE(reaches("8.8.4." + std::to_string(host) + ":1", client));

    world.advance(6min);
  }
  ASSERT_TRUE(client.permit(kPeer).is_success());

  EXPECT_TRUE(reaches(kPeer, client));
  EXPECT_EQ(from("8.8.4.10:1").reason, TurnDrop::kNoPermission);
}

// ---- how many ports ----

std::vector<TurnClient> allocated(World& world, int count) {
  std::vector<TurnClient> clients;
  for (int i = 0; i < count; ++i) {
    clients.emplace_back(world, "192.0.2.30:" + std::to_string(1000 + i));
    EXPECT_TRUE(clients.back().allocate().is_success());
  }
  return clients;
}

TEST(SharedPortCount, is_zero_unless_configured) {
  World world;

  const auto clients = allocated(world, 4);

  EXPECT_EQ(world.io.open().size(), 4u);
}

TEST(SharedPortCount, bounds_the_ports_that_allocations_spread_over) {
  World world(sharing(3));

  const auto clients = allocated(world, 9);

  EXPECT_EQ(world.io.open().size(), 3u);
  for (const overlay::Endpoint& port : world.io.open())
    EXPECT_EQ(std::ranges::count(clients, port, &TurnClient::relayed), 3);
}

TEST(SharedPortCount, is_of_each_relay_address) {
  World world(sharing(1));
  TurnClient client{world, "192.0.2.10:40000"};
  TurnClient other{world, "192.0.2.11:40000"};

  ASSERT_TRUE(client.allocate().is_success());
  ASSERT_TRUE(other.allocate([](StunWriter& writer) { add_family(writer, 2); }).is_success());

  EXPECT_EQ(world.io.open().size(), 2u);
}

TEST(SharedPortCount, holds_for_allocations_after_a_change) {
  World world;
  const auto own = allocated(world, 2);
  world.server.reconfigure(sharing(1), kUnixStart);
  TurnClient first{world, "192.0.2.11:40000"};
  TurnClient second{world, "192.0.2.12:40000"};
  ASSERT_TRUE(first.allocate().is_success());
  ASSERT_TRUE(second.allocate().is_success());
  EXPECT_EQ(world.io.open().size(), 3u);

  world.server.reconfigure(sharing(0), kUnixStart);
  TurnClient third{world, "192.0.2.13:40000"};
  ASSERT_TRUE(third.allocate().is_success());
  ASSERT_TRUE(second.bind(kChannel, kPeer).is_success());

  EXPECT_EQ(world.io.open().size(), 4u);
  EXPECT_EQ(second.receive_from(kPeer, "x").verdict.route.destination, endpoint("192.0.2.12:40000"));
}

TEST(SharedPortCount, leaves_ports_out_of_a_new_range_to_those_who_have_them) {
  World world(sharing(1));
  const auto before = allocated(world, 2);
  TurnServerConfig config = sharing(1);
  config.relay_port_min = 20000;
  config.relay_port_max = 20999;
  world.server.reconfigure(std::move(config), kUnixStart);
  TurnClient client{world, "192.0.2.11:40000"};

  ASSERT_TRUE(client.allocate().is_success());

  EXPECT_LE(client.relayed().port, 20999);
  EXPECT_TRUE(world.server.owns(before.front().relayed()));
}

TEST(SharedPortCount, is_none_after_the_server) {
  PortRecorder io;
  overlay::SeededRandom random{1};
  RelayedPorts ports({}, io, random);
  Allocation allocation;
  {
    relay::SharedPorts shared(ports);
    ASSERT_TRUE(shared.join(allocation, endpoint("198.51.100.7:0").address, 1));
    ASSERT_EQ(io.open().size(), 1u);
  }

  EXPECT_TRUE(io.open().empty());
}

TEST(SharedPortsOfEqualUse, give_a_newcomer_the_lowest_port_under_any_hash_key) {
  constexpr std::size_t kPorts = 8;
  for (std::uint64_t key = 0; key < 8; ++key) {
    overlay::set_hash_key({.first = key});
    World world{sharing(kPorts)};
    std::vector<std::unique_ptr<TurnClient>> clients;
    for (std::size_t i = 0; i <= kPorts; ++i) {
      const std::string address = "192.0.2." + std::to_string(10 + i) + ":40000";
      clients.push_back(std::make_unique<TurnClient>(world, address, "alice"));
      ASSERT_TRUE(clients.back()->allocate().is_success());
    }

    const auto by_port = [](const auto& client) { return client->relayed().port; };
    const auto lowest = std::ranges::min_element(clients.begin(), clients.end() - 1, {}, by_port);

    EXPECT_EQ(clients.back()->relayed(), (*lowest)->relayed()) << "key " << key;
  }
  overlay::set_hash_key({});
}

}  // namespace shared_ports_test
}  // namespace relay::testing
