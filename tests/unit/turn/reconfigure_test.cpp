#include <gtest/gtest.h>

#include "tests/unit/turn/turn_client.h"

namespace relay {
namespace reconfigure_test {

using namespace std::chrono_literals;
using testing::sample_config;
using testing::TurnClient;
using testing::World;

constexpr overlay::UnixSeconds kNow = testing::kUnixStart;

TEST(TurnServerReconfigured, keeps_an_allocation_whose_user_is_gone_until_a_review) {
  World world;
  TurnClient alice(world, "198.51.100.1:5000");
  ASSERT_TRUE(alice.allocate().is_success());
  ASSERT_TRUE(alice.bind(0x4000, "8.8.8.8:4000").is_success());

  TurnServerConfig config = sample_config();
  config.users = {{.name = "bob", .password = "another password"}};
  world.server.reconfigure(config, kNow);

  EXPECT_EQ(alice.send_channel(0x4000, "on my way").verdict.action, TurnAction::kToPeer);
  EXPECT_EQ(alice.receive_from("8.8.8.8:4000", "back").verdict.action, TurnAction::kToClient);
  EXPECT_TRUE(alice.refresh(600).is_success());
  EXPECT_EQ(TurnClient(world, "198.51.100.2:5000").allocate().error(), 401);
  EXPECT_TRUE(TurnClient(world, "198.51.100.3:5000", "bob", "another password").allocate().is_success());
}

TEST(TurnServerReconfigured, a_review_ends_an_allocation_whose_user_or_password_is_gone) {
  World world;
  TurnClient alice(world, "198.51.100.1:5000");
  ASSERT_TRUE(alice.allocate().is_success());
  EXPECT_EQ(world.server.review(alice.five_tuple()), std::nullopt);

  TurnServerConfig config = sample_config();
  for (StaticUser& user : config.users)
    user.password += " changed";
  world.server.reconfigure(config, kNow);
  EXPECT_EQ(world.server.review(alice.five_tuple()), AllocationEnd::kCredentialGone);

  config.users = {};
  world.server.reconfigure(config, kNow);
  EXPECT_EQ(world.server.review(alice.five_tuple()), AllocationEnd::kCredentialGone);
}

TEST(TurnServerReconfigured, a_review_ends_an_allocation_whose_secret_is_gone_but_not_one_that_has_expired) {
  TurnServerConfig config = sample_config();
  config.rest.secrets = {"old secret", "new secret"};
  World world(config);
  const std::string name = std::to_string(kNow.count() + 60) + ":carol";
  TurnClient by_old(world, "198.51.100.1:5000", name, rest_password("old secret", name));
  TurnClient by_new(world, "198.51.100.2:5000", name, rest_password("new secret", name));
  ASSERT_TRUE(by_old.allocate().is_success());
  ASSERT_TRUE(by_new.allocate().is_success());

  config.rest.secrets = {"new secret"};
  world.server.reconfigure(config, kNow + 1h);

  EXPECT_EQ(world.server.review(by_old.five_tuple()), AllocationEnd::kCredentialGone);
  EXPECT_EQ(world.server.review(by_new.five_tuple()), std::nullopt);
}

TEST(TurnServerReconfigured,
     a_review_after_a_change_of_realm_ends_only_allocations_of_users_and_secrets_that_are_gone) {
  TurnServerConfig config = sample_config();
  config.rest.secrets = {"old secret", "new secret"};
  World world(config);
  const std::string name = std::to_string(kNow.count() + 3600) + ":carol";
  TurnClient alice(world, "198.51.100.1:5000");
  TurnClient bob(world, "198.51.100.2:5000", "bob");
  TurnClient by_old(world, "198.51.100.3:5000", name, rest_password("old secret", name));
  TurnClient by_new(world, "198.51.100.4:5000", name, rest_password("new secret", name));
  for (TurnClient* const client : {&alice, &bob, &by_old, &by_new})
    ASSERT_TRUE(client->allocate().is_success());

  config.realm = "example.org";
  world.server.reconfigure(config, kNow);
  for (TurnClient* const client : {&alice, &bob, &by_old, &by_new})
    EXPECT_EQ(world.server.review(client->five_tuple()), std::nullopt);
  std::erase_if(config.users, [](const StaticUser& user) { return user.name == "alice"; });
  config.rest.secrets = {"new secret"};
  world.server.reconfigure(config, kNow);

  EXPECT_EQ(world.server.review(alice.five_tuple()), AllocationEnd::kCredentialGone);
  EXPECT_EQ(world.server.review(bob.five_tuple()), std::nullopt);
  EXPECT_EQ(world.server.review(by_old.five_tuple()), AllocationEnd::kCredentialGone);
  EXPECT_EQ(world.server.review(by_new.five_tuple()), std::nullopt);
}

TEST(TurnServerReconfigured, a_review_with_grace_lets_an_allocation_run_out_unless_its_user_returns) {
  World world;
  TurnClient alice(world, "198.51.100.1:5000");
  TurnClient bob(world, "198.51.100.2:5000", "bob");
  ASSERT_TRUE(alice.allocate().is_success());
  ASSERT_TRUE(bob.allocate().is_success());
  const TurnServerConfig before = sample_config();
  TurnServerConfig without = before;
  without.users = {};

  world.server.reconfigure(without, kNow);
  world.server.review_with_grace(alice.five_tuple());
  world.server.review_with_grace(bob.five_tuple());
  world.advance(4min);
  EXPECT_EQ(alice.refresh(3600).message().find_u32(StunAttribute::kLifetime), 360u);
  world.server.reconfigure(before, kNow + 4min);
  world.server.review_with_grace(bob.five_tuple());
  EXPECT_EQ(bob.refresh(3600).message().find_u32(StunAttribute::kLifetime), 3600u);

  world.advance(6min);
  EXPECT_FALSE(world.server.has_allocation(alice.five_tuple()));
  EXPECT_TRUE(world.server.has_allocation(bob.five_tuple()));
}

TEST(TurnServerReconfigured, a_review_removes_permissions_and_channels_of_peers_that_are_forbidden_now) {
  World world;
  TurnClient alice(world, "198.51.100.1:5000");
  ASSERT_TRUE(alice.allocate().is_success());
  ASSERT_TRUE(alice.bind(0x4000, "8.8.8.8:4000").is_success());
  ASSERT_TRUE(alice.bind(0x4001, "9.9.9.9:4000").is_success());

  TurnServerConfig config = sample_config();
  config.peer_policy.deny(*overlay::IpPrefix::parse("8.8.8.0/24"));
  world.server.reconfigure(config, kNow);
  EXPECT_EQ(world.server.review(alice.five_tuple()), std::nullopt);

  EXPECT_EQ(alice.send_channel(0x4000, "no more").verdict.action, TurnAction::kDrop);
  EXPECT_EQ(alice.receive_from("8.8.8.8:4000", "no more").verdict.action, TurnAction::kDrop);
  EXPECT_EQ(alice.send_channel(0x4001, "on my way").verdict.action, TurnAction::kToPeer);
}

TEST(TurnServerReconfigured, takes_new_relayed_addresses_from_the_new_range_only) {
  World world;
  TurnClient before(world, "198.51.100.1:5000");
  ASSERT_TRUE(before.allocate().is_success());

  TurnServerConfig config = sample_config();
  config.relay_addresses = {*overlay::IpAddress::parse("192.0.2.77")};
  config.relay_port_min = 30'000;
  config.relay_port_max = 30'009;
  world.server.reconfigure(config, kNow);
  TurnClient after(world, "198.51.100.2:5000");
  ASSERT_TRUE(after.allocate().is_success());

  EXPECT_TRUE(world.server.owns(before.relayed()));
  EXPECT_EQ(after.relayed().address.to_string(), "192.0.2.77");
  EXPECT_GE(after.relayed().port, 30'000);
  EXPECT_LE(after.relayed().port, 30'009);
}

TEST(TurnServerReconfigured, applies_new_peer_rules_to_old_allocations) {
  World world;
  TurnClient alice(world, "198.51.100.1:5000");
  ASSERT_TRUE(alice.allocate().is_success());
  ASSERT_TRUE(alice.permit("8.8.8.8:4000").is_success());

  TurnServerConfig config = sample_config();
  config.peer_policy.deny(*overlay::IpPrefix::parse("8.8.8.0/24"));
  world.server.reconfigure(config, kNow);

  EXPECT_EQ(alice.permit("8.8.8.9:4000").error(), 403);
}

TEST(TurnServerReconfigured, takes_nonces_of_the_key_before_until_they_expire) {
  World world;
  TurnClient alice(world, "198.51.100.1:5000");
  ASSERT_TRUE(alice.allocate().is_success());
  const std::string nonce = alice.nonce();

  TurnServerConfig config = sample_config();
  config.nonce_keys = {overlay::ByteArray<32>{99}};
  world.server.reconfigure(config, kNow);

  EXPECT_TRUE(alice.refresh(3600).is_success());
  world.advance(NonceMint::kLifetime + 1s);
  alice.use_nonce(nonce);
  EXPECT_EQ(alice.refresh(600).error(), 438);
}

TEST(TurnServerReconfigured, takes_no_nonce_that_a_key_signed_after_it_was_replaced) {
  const overlay::ByteArray<32> old_key{1};
  NonceMint mint(std::vector{old_key});
  const auto client = *overlay::IpAddress::parse("198.51.100.1");

  mint.rotate({overlay::ByteArray<32>{2}}, kPasswordAlgorithmsFeature, kNow);

  const NonceMint thief(std::vector{old_key});
  EXPECT_TRUE(mint.is_valid(thief.mint(client, kNow), client, kNow + 1s));
  EXPECT_FALSE(mint.is_valid(thief.mint(client, kNow + 1s), client, kNow + 1s));
}

TEST(TurnServerReconfigured, challenges_with_the_new_realm) {
  World world;
  TurnServerConfig config = sample_config();
  config.realm = "elsewhere";

  world.server.reconfigure(config, kNow);

  const auto challenge =
      TurnClient(world, "198.51.100.1:5000").ask_unsigned(StunMethod::kAllocate, testing::add_udp);
  EXPECT_EQ(challenge.error(), 401);
  EXPECT_EQ(challenge.text(StunAttribute::kRealm), "elsewhere");
}

}  // namespace reconfigure_test
}  // namespace relay
