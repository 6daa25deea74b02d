#include "relay/admission/admission.h"

#include <gtest/gtest.h>

#include "tests/unit/turn/turn_client.h"

namespace relay {
namespace admission_test {

using namespace std::chrono_literals;
using testing::sample_config;
using testing::TurnClient;
using testing::World;

constexpr std::string_view kPeer = "8.8.8.8:4000";
constexpr std::string_view kSecret = "rest secret";

TurnServerConfig with(const AdmissionLimits& limits) {
  TurnServerConfig config = sample_config();
  config.rest.secrets = {std::string(kSecret)};
  config.limits = limits;
  return config;
}

// A client with a REST-style username that is good for an hour.
TurnClient rest_client(World& world, std::string_view address, std::string_view user,
                       std::chrono::seconds from_now = 1h) {
  const auto expiry = testing::kUnixStart + from_now;
  const std::string username = std::to_string(expiry.count()) + ":" + std::string(user);
  return {world, address, username, rest_password(kSecret, username)};
}

TEST(Usernames, tell_user_and_tenant) {
  EXPECT_EQ(user_of("1700000000:acme:7f3a"), "acme:7f3a");
  EXPECT_EQ(tenant_of("1700000000:acme:7f3a"), "acme");
  EXPECT_EQ(tenant_of("1700000000:carol"), "carol");
  EXPECT_EQ(user_of("1700000000"), "1700000000");
  EXPECT_EQ(user_of("carol:1700000000"), "carol");
  EXPECT_EQ(user_of("alice"), "alice");
  EXPECT_EQ(tenant_of("alice"), "");
  EXPECT_EQ(user_of(":odd"), ":odd");
}

TEST(Quota, of_a_user_holds_over_fresh_credentials) {
  World world(with({.allocations_per_user = 1}));
  ASSERT_TRUE(rest_client(world, "198.51.100.1:1", "acme:x", 1h).allocate().is_success());

  EXPECT_EQ(rest_client(world, "198.51.100.1:2", "acme:x", 2h).allocate().error(), 486);
  EXPECT_TRUE(rest_client(world, "198.51.100.1:3", "acme:y", 2h).allocate().is_success());
}

TEST(Quota, of_a_tenant_counts_all_its_users) {
  World world(with({.allocations_per_tenant = 2}));
  ASSERT_TRUE(rest_client(world, "198.51.100.1:1", "acme:x").allocate().is_success());
  ASSERT_TRUE(rest_client(world, "198.51.100.2:1", "acme:y").allocate().is_success());

  EXPECT_EQ(rest_client(world, "198.51.100.3:1", "acme:z").allocate().error(), 486);
  EXPECT_TRUE(rest_client(world, "198.51.100.4:1", "globex:x").allocate().is_success());
  EXPECT_TRUE(TurnClient(world, "198.51.100.5:1").allocate().is_success());
}

TEST(Quota, of_a_source_counts_an_ipv4_address_or_an_ipv6_64) {
  World world(with({.allocations_per_source = 1}));
  ASSERT_TRUE(TurnClient(world, "198.51.100.1:1").allocate().is_success());
  ASSERT_TRUE(TurnClient(world, "[2001:db8:0:1::1]:1").allocate().is_success());

  EXPECT_EQ(TurnClient(world, "198.51.100.1:2").allocate().error(), 486);
  EXPECT_EQ(TurnClient(world, "[2001:db8:0:1:ffff::2]:1").allocate().error(), 486);
  EXPECT_TRUE(TurnClient(world, "198.51.100.2:1").allocate().is_success());
  EXPECT_TRUE(TurnClient(world, "[2001:db8:0:2::1]:1").allocate().is_success());
}

TEST(Quota, is_given_back_when_an_allocation_ends) {
  World world(with({.allocations_per_user = 1, .allocations_per_source = 1}));
  TurnClient first(world, "198.51.100.1:1");
  ASSERT_TRUE(first.allocate().is_success());
  ASSERT_TRUE(first.refresh(0).is_success());
  TurnClient second(world, "198.51.100.1:2");
  ASSERT_TRUE(second.allocate().is_success());
  world.advance(2h);

  EXPECT_TRUE(TurnClient(world, "198.51.100.1:3").allocate().is_success());
}

TEST(Quota, holds_across_data_planes_that_share_a_ledger) {
  TurnServerConfig config = with({.allocations_per_user = 1});
  config.ledger = std::make_shared<QuotaLedger>();
  World one(config);
  World other(config);

  ASSERT_TRUE(TurnClient(one, "198.51.100.1:1").allocate().is_success());

  EXPECT_EQ(TurnClient(other, "198.51.100.1:2").allocate().error(), 486);
  EXPECT_EQ(config.ledger->count("ualice"), 1u);
}

TEST(Quota, is_not_charged_for_what_is_refused_otherwise) {
  TurnServerConfig config = with({.allocations_per_user = 1, .allocations_per_source = 1});
  config.ledger = std::make_shared<QuotaLedger>();
  World world(config);
  ASSERT_TRUE(TurnClient(world, "198.51.100.1:1").allocate().is_success());

  ASSERT_EQ(TurnClient(world, "198.51.100.1:2", "bob").allocate().error(), 486);

  EXPECT_EQ(config.ledger->count("ubob"), 0u);
}

TEST(Limits, cap_permissions_and_channels_of_an_allocation) {
  World world(with({.permissions = 2, .channels = 1}));
  TurnClient client(world, "198.51.100.1:1");
  ASSERT_TRUE(client.allocate().is_success());

  EXPECT_TRUE(client.bind(0x4000, "8.8.8.1:1").is_success());
  EXPECT_EQ(client.bind(0x4001, "8.8.8.1:2").error(), 508);
  EXPECT_TRUE(client.permit("8.8.8.2:1").is_success());
  EXPECT_EQ(client.permit("8.8.8.3:1").error(), 508);
  EXPECT_TRUE(client.permit("8.8.8.2:1").is_success());
}

TEST(Limits, cap_new_peers_of_a_second_and_not_those_that_are_known) {
  World world(with({.new_peers = {.per_second = 1, .burst = 2}}));
  TurnClient client(world, "198.51.100.1:1");
  ASSERT_TRUE(client.allocate().is_success());

  EXPECT_TRUE(client.permit("8.8.8.1:1").is_success());
  EXPECT_TRUE(client.bind(0x4000, "8.8.8.2:1").is_success());
  EXPECT_EQ(client.permit("8.8.8.3:1").error(), 508);
  EXPECT_TRUE(client.permit("8.8.8.1:9").is_success());
  EXPECT_TRUE(client.bind(0x4000, "8.8.8.2:1").is_success());
  world.advance(1s);
  EXPECT_TRUE(client.permit("8.8.8.3:1").is_success());
}

TEST(Limits, count_a_peer_once_however_many_of_its_ports_a_request_names) {
  World world(with({.new_peers = {.per_second = 1, .burst = 1}}));
  TurnClient client(world, "198.51.100.1:1");
  ASSERT_TRUE(client.allocate().is_success());

  const auto three_ports = [](StunWriter& writer) {
    for (const std::string_view candidate : {"8.8.8.1:1", "8.8.8.1:2", "8.8.8.1:3"})
      testing::add_peer(writer, candidate);
  };

  EXPECT_TRUE(client.ask(StunMethod::kCreatePermission, three_ports).is_success());
}

class BandwidthTest : public ::testing::Test {
 protected:
  static TurnClient connect(World& world, std::string_view address, std::string_view user) {
    TurnClient client = rest_client(world, address, user);
    EXPECT_TRUE(client.allocate().is_success());
    EXPECT_TRUE(client.bind(0x4000, kPeer).is_success());
    return client;
  }
  static std::string payload() { return std::string(100, 'x'); }
  static constexpr RateLimit kThreePackets{.per_second = 100, .burst = 300};
};

TEST_F(BandwidthTest, of_an_allocation_drops_the_excess_and_goes_on) {
  World world(with({.allocation_bandwidth = kThreePackets}));
  TurnClient client = connect(world, "198.51.100.1:1", "acme:x");

  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(client.send_channel(0x4000, payload()).verdict.action, TurnAction::kToPeer);
  EXPECT_EQ(client.send_channel(0x4000, payload()).verdict.reason, TurnDrop::kOverBandwidth);
  EXPECT_EQ(client.send_indication(kPeer, payload()).verdict.reason, TurnDrop::kOverBandwidth);
  EXPECT_EQ(client.receive_from(kPeer, payload()).verdict.action, TurnAction::kToClient);
  world.advance(1s);
  EXPECT_EQ(client.send_channel(0x4000, payload()).verdict.action, TurnAction::kToPeer);
  EXPECT_EQ(world.server.dropped(TurnDrop::kOverBandwidth), 2u);
}

TEST_F(BandwidthTest, limits_what_peers_send_too) {
  World world(with({.allocation_bandwidth = kThreePackets}));
  TurnClient client = connect(world, "198.51.100.1:1", "acme:x");

  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(client.receive_from(kPeer, payload()).verdict.action, TurnAction::kToClient);

  EXPECT_EQ(client.receive_from(kPeer, payload()).verdict.reason, TurnDrop::kOverBandwidth);
}

TEST_F(BandwidthTest, of_a_tenant_is_shared_by_its_allocations_on_all_data_planes) {
  TurnServerConfig config = with({.tenant_bandwidth = kThreePackets});
  config.ledger = std::make_shared<QuotaLedger>();
  World one(config);
  World other(config);
  TurnClient first = connect(one, "198.51.100.1:1", "acme:x");
  TurnClient second = connect(other, "198.51.100.2:1", "acme:y");
  TurnClient stranger = connect(other, "198.51.100.3:1", "globex:x");

  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(first.send_channel(0x4000, payload()).verdict.action, TurnAction::kToPeer);

  EXPECT_EQ(second.send_channel(0x4000, payload()).verdict.reason, TurnDrop::kOverBandwidth);
  EXPECT_EQ(stranger.send_channel(0x4000, payload()).verdict.action, TurnAction::kToPeer);
}

TEST_F(BandwidthTest, may_be_limited_under_a_live_allocation) {
  World world(with({}));
  TurnClient client = connect(world, "198.51.100.1:1", "acme:x");

  world.server.reconfigure(with({.allocation_bandwidth = kThreePackets}), testing::kUnixStart);

  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(client.send_channel(0x4000, payload()).verdict.action, TurnAction::kToPeer);
  EXPECT_EQ(client.send_channel(0x4000, payload()).verdict.reason, TurnDrop::kOverBandwidth);
}

TEST(Challenges, are_limited_for_each_network_and_not_for_those_who_have_an_allocation) {
  World world(with({.challenges = {.per_second = 1, .burst = 3}}));
  TurnClient known(world, "198.51.100.1:1");
  ASSERT_TRUE(known.allocate().is_success());
  TurnClient stranger(world, "198.51.100.2:1");
  const auto challenge = [&] {
    return stranger.send_unsigned({StunMethod::kAllocate, StunClass::kRequest}, testing::add_udp).verdict;
  };

  EXPECT_EQ(challenge().action, TurnAction::kReplyToClient);
  EXPECT_EQ(challenge().action, TurnAction::kReplyToClient);
  EXPECT_EQ(challenge().reason, TurnDrop::kChallengeLimit);
  known.use_nonce("stale");
  EXPECT_EQ(known.refresh(600).error(), 438);
  EXPECT_TRUE(TurnClient(world, "203.0.113.1:1").allocate().is_success());
  world.advance(1s);
  EXPECT_EQ(challenge().action, TurnAction::kReplyToClient);
}

// A connection has shown that its client receives at its address, so nobody is harmed by the answer. Many
// clients of such transports may share one NAT.
TEST(Challenges, of_connections_are_not_limited_for_each_network) {
  for (const auto transport :
       {overlay::Transport::kTcp, overlay::Transport::kTls, overlay::Transport::kDtls}) {
    World world(with({.challenges = {.per_second = 1, .burst = 1}}));
    for (int port = 1; port <= 50; ++port) {
      TurnClient client(world, "198.51.100.2:" + std::to_string(port));
      client.speak(transport);

      EXPECT_TRUE(client.allocate().is_success()) << port;
    }
  }
}

TEST(Challenges, of_connections_are_fewer_while_the_thread_is_behind) {
  World world(with({}));
  TurnClient stranger(world, "203.0.113.1:1");
  stranger.speak(overlay::Transport::kTls);
  const auto challenge = [&] {
    return stranger.send_unsigned({StunMethod::kAllocate, StunClass::kRequest}, testing::add_udp).verdict;
  };

  world.server.set_behind(true);

  for (std::size_t i = 0; i < AnswerLimiter::kWhileBehind.burst; ++i)
    ASSERT_EQ(challenge().action, TurnAction::kReplyToClient);
  EXPECT_EQ(challenge().reason, TurnDrop::kChallengeLimit);
}

TEST(Challenges, are_fewer_while_the_thread_is_behind_and_clients_notice_nothing) {
  World world(with({}));
  TurnClient known(world, "198.51.100.1:1");
  ASSERT_TRUE(known.allocate().is_success());
  TurnClient stranger(world, "203.0.113.1:1");
  const auto challenge = [&] {
    return stranger.send_unsigned({StunMethod::kAllocate, StunClass::kRequest}, testing::add_udp).verdict;
  };

  world.server.set_behind(true);
  for (std::size_t i = 0; i < AnswerLimiter::kWhileBehind.burst; ++i)
    ASSERT_EQ(challenge().action, TurnAction::kReplyToClient);
  EXPECT_EQ(challenge().reason, TurnDrop::kChallengeLimit);
  known.use_nonce("stale");
  EXPECT_EQ(known.refresh(600).error(), 438);

  world.server.set_behind(false);
  EXPECT_EQ(challenge().action, TurnAction::kReplyToClient);
}

// Bindings of one network until the first that gets no answer, at most `most`.
std::size_t count_answered(TurnClient& client, std::size_t most) {
  std::size_t answered = 0;
  while (answered < most) {
    const auto verdict = client.send_unsigned({StunMethod::kBinding, StunClass::kRequest}).verdict;
    if (verdict.action == TurnAction::kDrop) break;
    ++answered;
  }
  return answered;
}

TEST(Bindings, are_not_limited_while_the_thread_keeps_up) {
  World world;
  TurnClient client(world, "198.51.100.1:1");

  EXPECT_EQ(count_answered(client, 5'000), 5'000u);
}

TEST(Bindings, of_one_network_are_limited_while_the_thread_is_behind_and_those_of_others_are_not) {
  World world;
  TurnClient flooder(world, "198.51.100.1:1");
  TurnClient neighbor(world, "198.51.100.2:1");
  TurnClient other(world, "203.0.113.1:1");
  world.server.set_behind(true);

  const std::size_t answered = count_answered(flooder, 5'000);

  EXPECT_EQ(answered, AnswerLimiter::kBindingsWhileBehind.burst);
  EXPECT_EQ(world.server.dropped(TurnDrop::kBindingLimit), 1u);
  EXPECT_EQ(count_answered(neighbor, 1), 0u);
  EXPECT_EQ(count_answered(other, 1), 1u);
  std::size_t within_a_second = 0;
  for (int i = 0; i < 10; ++i) {
    world.advance(100ms);
    within_a_second += count_answered(flooder, 5'000);
  }
  EXPECT_EQ(within_a_second, AnswerLimiter::kBindingsWhileBehind.per_second);
  world.server.set_behind(false);
  EXPECT_EQ(count_answered(flooder, 5'000), 5'000u);
}

TEST(Bindings, from_forged_addresses_of_all_networks_are_limited_together_while_the_thread_is_behind) {
  World world;
  world.server.set_behind(true);
  std::size_t answered = 0;

  for (std::size_t i = 0; i < 10'000; ++i) {
    TurnClient forged(world, std::to_string(1 + i / 250) + "." + std::to_string(i % 250) + ".1.1:1");
    answered += count_answered(forged, 1);
  }

  EXPECT_EQ(answered, AnswerLimiter::kWhileBehind.burst);
}

TEST(Bindings, of_a_client_with_an_allocation_are_always_answered) {
  World world;
  TurnClient client(world, "198.51.100.1:1");
  ASSERT_TRUE(client.allocate().is_success());

  world.server.set_behind(true);

  EXPECT_EQ(count_answered(client, 5'000), 5'000u);
}

}  // namespace admission_test
}  // namespace relay
