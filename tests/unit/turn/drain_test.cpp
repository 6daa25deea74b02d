#include "relay/turn/drain.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/unit/turn/turn_client.h"

namespace relay {
namespace drain_test {

using namespace std::chrono_literals;
using testing::endpoint;
using testing::sample_config;
using testing::TurnClient;
using testing::World;

constexpr std::string_view kPeer = "8.8.8.8:4000";
const overlay::Endpoint kSibling = endpoint("192.0.2.200:3478");
const overlay::Endpoint kSiblingV6 = endpoint("[2001:db8::200]:3478");

// ALTERNATE-SERVER is not masked.
overlay::Endpoint alternate_of(const testing::Answer& answer) {
  const auto value = answer.message().find(StunAttribute::kAlternateServer);
  if (!value || (value->size() != 8 && value->size() != 20)) return {};
  overlay::Endpoint server;
  if (value->size() == 8) {
    overlay::ByteArray<4> octets;
    std::ranges::copy(value->subspan(4), octets.begin());
    server.address = overlay::IpAddress::v4(octets);
  } else {
    overlay::ByteArray<16> octets;
    std::ranges::copy(value->subspan(4), octets.begin());
    server.address = overlay::IpAddress::v6(octets);
  }
  server.port = static_cast<std::uint16_t>((*value)[2] << 8 | (*value)[3]);
  return server;
}

std::uint32_t lifetime_of(const testing::Answer& answer) {
  return answer.message().find_u32(StunAttribute::kLifetime).value_or(0);
}

class DrainTest : public ::testing::Test {
 protected:
  DrainTest() { EXPECT_TRUE(before_.allocate().is_success() && before_.bind(0x4000, kPeer).is_success()); }

  void drain(overlay::Duration in, std::vector<overlay::Endpoint> alternatives = {}) {
    world_.server.drain(Drain{.deadline = world_.now + in, .alternatives = std::move(alternatives)});
  }
  bool is_served(TurnClient& client) {
    return client.send_channel(0x4000, "data").verdict.action == TurnAction::kToPeer;
  }

  World world_;
  TurnClient before_{world_, "198.51.100.1:5000"};
};

TEST_F(DrainTest, refuses_new_allocations_and_serves_those_there_are) {
  drain(10min);

  EXPECT_EQ(TurnClient(world_, "198.51.100.2:5000").allocate().error(), 508);
  EXPECT_TRUE(is_served(before_));
  EXPECT_TRUE(before_.permit("8.8.4.4:1").is_success());
}

TEST_F(DrainTest, sends_new_clients_to_a_sibling_of_their_family_with_integrity) {
  drain(10min, {kSibling, kSiblingV6});
  TurnClient v4(world_, "198.51.100.2:5000");
  TurnClient v6(world_, "[2001:db8::9]:5000");

  const auto answer = v4.allocate();

  EXPECT_EQ(answer.error(), 300);
  EXPECT_EQ(alternate_of(answer), kSibling);
  EXPECT_TRUE(answer.message().integrity().has_value());
  EXPECT_EQ(alternate_of(v6.allocate()), kSiblingV6);
}

TEST_F(DrainTest, sends_nobody_to_a_server_of_the_other_family) {
  drain(10min, {kSiblingV6});

  EXPECT_EQ(TurnClient(world_, "198.51.100.2:5000").allocate().error(), 508);
}

TEST_F(DrainTest, answers_a_retransmitted_allocate_as_before) {
  TurnClient client(world_, "198.51.100.2:5000");
  (void)client.allocate();
  (void)client.refresh(0);
  const auto request = client.sign(StunMethod::kAllocate, testing::add_udp);
  ASSERT_TRUE(client.answer_to(request).is_success());

  drain(10min);

  EXPECT_TRUE(client.answer_to(request).is_success());
}

TEST_F(DrainTest, grants_no_longer_than_the_deadline) {
  drain(3min);

  EXPECT_EQ(lifetime_of(before_.refresh(3600)), 180u);
  world_.advance(2min);
  EXPECT_EQ(lifetime_of(before_.refresh(3600)), 60u);
}

TEST_F(DrainTest, grants_enough_for_another_refresh_close_to_the_deadline) {
  drain(5s);

  EXPECT_EQ(lifetime_of(before_.refresh(600)), 30u);
}

TEST_F(DrainTest, cuts_nobody_before_the_deadline_and_tells_everybody_after_it) {
  drain(10min);
  for (int minute = 0; minute < 9; ++minute) {
    world_.advance(1min);
    ASSERT_TRUE(before_.refresh(600).is_success());
    ASSERT_TRUE(before_.bind(0x4000, kPeer).is_success());
    ASSERT_TRUE(is_served(before_));
  }
  world_.advance(50s);
  ASSERT_TRUE(before_.refresh(600).is_success());
  world_.advance(10s);
  EXPECT_TRUE(is_served(before_));

  EXPECT_EQ(before_.refresh(600).error(), 508);

  EXPECT_FALSE(is_served(before_));
  EXPECT_EQ(world_.server.allocation_count(), 0u);
}

TEST_F(DrainTest, lets_a_client_leave_after_the_deadline) {
  drain(0s);

  EXPECT_TRUE(before_.refresh(0).is_success());
}

TEST_F(DrainTest, may_be_taken_back) {
  drain(10min, {kSibling});

  world_.server.drain(std::nullopt);

  EXPECT_TRUE(TurnClient(world_, "198.51.100.2:5000").allocate().is_success());
  EXPECT_EQ(lifetime_of(before_.refresh(3600)), 3600u);
}

TEST(Capacity, sends_new_clients_elsewhere_in_turn_and_leaves_others_alone) {
  TurnServerConfig config = sample_config();
  config.max_allocations = 1;
  config.alternatives = {kSibling, endpoint("192.0.2.201:3478")};
  World world(config);
  TurnClient inside(world, "198.51.100.1:5000");
  ASSERT_TRUE(inside.allocate().is_success());

  const auto first = alternate_of(TurnClient(world, "198.51.100.2:5000").allocate());
  const auto second = alternate_of(TurnClient(world, "198.51.100.3:5000").allocate());

  EXPECT_NE(first, second);
  EXPECT_TRUE(inside.refresh(600).is_success());
}

TEST(Capacity, sends_clients_on_tls_and_dtls_only_to_servers_whose_certificate_fits) {
  TurnServerConfig config = sample_config();
  config.max_allocations = 1;
  config.alternatives = {kSibling};
  config.tls_alternatives = {endpoint("192.0.2.201:5349")};
  World world(config);
  ASSERT_TRUE(TurnClient(world, "198.51.100.1:5000").allocate().is_success());
  TurnClient tcp(world, "198.51.100.2:5000");
  TurnClient tls(world, "198.51.100.3:5000");
  TurnClient dtls(world, "198.51.100.4:5000");
  tcp.speak(overlay::Transport::kTcp);
  tls.speak(overlay::Transport::kTls);
  dtls.speak(overlay::Transport::kDtls);

  EXPECT_EQ(alternate_of(tcp.allocate()), kSibling);
  EXPECT_EQ(alternate_of(tls.allocate()), endpoint("192.0.2.201:5349"));
  EXPECT_EQ(alternate_of(dtls.allocate()), endpoint("192.0.2.201:5349"));
}

TEST(Capacity, sends_clients_on_tls_and_dtls_to_no_server_that_is_not_named_for_them) {
  TurnServerConfig config = sample_config();
  config.alternatives = {kSibling};
  World world(config);
  world.server.drain(Drain{.deadline = world.now + 10min, .alternatives = {kSibling}});

  for (const auto transport : {overlay::Transport::kTls, overlay::Transport::kDtls}) {
    TurnClient client(world, "198.51.100.3:5000");
    client.speak(transport);
    EXPECT_EQ(client.allocate().error(), 508) << to_string(transport);
  }
}

TEST(Capacity, refuses_politely_when_nobody_else_is_known) {
  TurnServerConfig config = sample_config();
  config.max_allocations = 1;
  World world(config);
  ASSERT_TRUE(TurnClient(world, "198.51.100.1:5000").allocate().is_success());

  EXPECT_EQ(TurnClient(world, "198.51.100.2:5000").allocate().error(), 508);
}

TEST(Capacity, is_no_reason_to_send_a_client_away_that_has_reached_its_quota) {
  TurnServerConfig config = sample_config();
  config.limits.allocations_per_user = 1;
  config.alternatives = {kSibling};
  World world(config);
  ASSERT_TRUE(TurnClient(world, "198.51.100.1:5000").allocate().is_success());

  EXPECT_EQ(TurnClient(world, "198.51.100.2:5000").allocate().error(), 486);
}

TEST(Lifetime, of_clients_that_ask_for_none_is_a_matter_of_policy) {
  TurnServerConfig config = sample_config();
  config.unasked_lifetime = 2min;
  World world(config);
  TurnClient client(world, "198.51.100.1:5000");

  EXPECT_EQ(lifetime_of(client.allocate()), 120u);
  EXPECT_EQ(lifetime_of(client.refresh(1)), 600u);
}

}  // namespace drain_test
}  // namespace relay
