// Client authentication: nonces of the fleet, expiring usernames, and attributes that an attacker appends.
#include <gtest/gtest.h>

#include "overlay/base/wire.h"
#include "tests/unit/turn/turn_client.h"

namespace relay::testing {
namespace authentication_test {

using namespace std::chrono_literals;

constexpr std::string_view kClient = "192.0.2.10:40000";

[[nodiscard]] overlay::IpAddress client_address() {
  return endpoint(kClient).address;
}

TEST(Nonce, is_stale_after_an_hour_and_the_answer_carries_a_fresh_one) {
  World world;
  TurnClient client(world, kClient);
  ASSERT_TRUE(client.allocate().is_success());

  world.now += 59min;
  const Answer in_time = client.permit("8.8.8.8:1");
  world.now += 2min;
  const Answer late = client.permit("8.8.8.8:1");
  client.use_nonce(late.text(StunAttribute::kNonce));

  EXPECT_EQ(in_time.error(), 437);  // the allocation is over, the nonce is not
  EXPECT_EQ(late.error(), 438);
  EXPECT_EQ(late.text(StunAttribute::kRealm), "causeway");
  EXPECT_FALSE(late.message().integrity());
  EXPECT_TRUE(client.allocate().is_success());
}

TEST(Nonce, of_another_address_is_stale) {
  World world;
  TurnClient victim(world, "192.0.2.11:40000");
  TurnClient client(world, kClient);
  ASSERT_TRUE(victim.allocate().is_success());

  client.use_nonce(victim.nonce());

  EXPECT_EQ(client.allocate().error(), 438);
}

TEST(Nonce, of_another_port_of_the_same_address_is_good) {
  World world;
  TurnClient first(world, kClient);
  TurnClient second(world, "192.0.2.10:40001");
  ASSERT_TRUE(first.allocate().is_success());

  second.use_nonce(first.nonce());

  EXPECT_TRUE(second.allocate().is_success());
}

TEST(Nonce, of_another_node_is_good) {
  World first;
  World second;
  second.random = overlay::SeededRandom(99);
  TurnClient here(first, kClient);
  TurnClient there(second, kClient);
  ASSERT_TRUE(here.allocate().is_success());

  there.use_nonce(here.nonce());

  EXPECT_TRUE(there.allocate().is_success());
}

TEST(Nonce, outlives_one_rotation_of_keys_and_not_two) {
  const overlay::ByteArray<32> old_key{1};
  const overlay::ByteArray<32> key{2};
  const overlay::ByteArray<32> new_key{3};
  const std::string nonce = NonceMint(std::vector{old_key}).mint(client_address(), kUnixStart);

  EXPECT_TRUE(NonceMint({key, old_key}).is_valid(nonce, client_address(), kUnixStart + 10min));
  EXPECT_FALSE(NonceMint({new_key, key}).is_valid(nonce, client_address(), kUnixStart + 10min));
}

TEST(Nonce, is_good_for_its_lifetime_across_the_end_of_its_time_field) {
  constexpr overlay::UnixSeconds kWrapsAt{2LL << 30};
  const NonceMint mint(std::vector{overlay::ByteArray<32>{1}});
  const std::string nonce = mint.mint(client_address(), kWrapsAt - 10s);

  EXPECT_TRUE(mint.is_valid(nonce, client_address(), kWrapsAt - 10s + NonceMint::kLifetime));
  EXPECT_FALSE(mint.is_valid(nonce, client_address(), kWrapsAt - 9s + NonceMint::kLifetime));
  EXPECT_TRUE(mint.is_valid(mint.mint(client_address(), kWrapsAt + 10s), client_address(), kWrapsAt - 10s));
  EXPECT_FALSE(mint.is_valid(mint.mint(client_address(), kWrapsAt + 6min), client_address(), kWrapsAt));
}

TEST(Nonce, is_refused_with_any_character_changed) {
  const NonceMint mint(std::vector{overlay::ByteArray<32>{1}});
  const std::string nonce = mint.mint(client_address(), kUnixStart);
  ASSERT_TRUE(mint.is_valid(nonce, client_address(), kUnixStart));

  for (std::size_t i = 0; i < nonce.size(); ++i) {
    std::string forged = nonce;
    forged[i] = forged[i] == '0' ? '1' : '0';
    EXPECT_FALSE(mint.is_valid(forged, client_address(), kUnixStart)) << forged;
  }
}

TEST(Credentials, of_a_stranger_or_with_a_wrong_password_are_challenged) {
  World world;
  TurnClient stranger(world, kClient, "mallory");
  TurnClient mistaken(world, kClient, "alice", "wrong");
  TurnClient nameless(world, kClient, "");

  EXPECT_EQ(stranger.allocate().error(), 401);
  EXPECT_EQ(mistaken.allocate().error(), 401);
  EXPECT_EQ(nameless.allocate().error(), 401);
  EXPECT_EQ(world.server.allocation_count(), 0u);
}

TEST(Credentials, without_a_username_are_a_bad_request) {
  World world;
  TurnClient client(world, kClient);

  const Answer answer = client.ask_unsigned(StunMethod::kAllocate, [&](StunWriter& writer) {
    add_udp(writer);
    writer.add_integrity(client.key());
  });

  EXPECT_EQ(answer.error(), 400);
}

TEST(Credentials, of_another_user_do_not_touch_an_allocation) {
  World world;
  TurnClient alice(world, kClient);
  TurnClient bob(world, kClient, "bob");
  ASSERT_TRUE(alice.allocate().is_success());

  EXPECT_EQ(bob.refresh(0).error(), 441);
  EXPECT_EQ(bob.permit("8.8.8.8:1").error(), 441);
  EXPECT_EQ(bob.bind(0x4000, "8.8.8.8:1").error(), 441);
  EXPECT_EQ(bob.allocate().error(), 437);
  EXPECT_EQ(world.server.allocation_count(), 1u);
}

[[nodiscard]] TurnServerConfig rest_config() {
  TurnServerConfig config = sample_config();
  config.rest.secrets = {"new secret", "old secret"};
  return config;
}

[[nodiscard]] std::string expiring_after(overlay::UnixSeconds lifetime) {
  return std::to_string((kUnixStart + lifetime).count()) + ":carol";
}

TEST(RestUsername, is_good_under_each_secret_in_rotation) {
  World world(rest_config());
  const std::string name = expiring_after(1h);

  for (const char* secret : {"new secret", "old secret"}) {
    TurnClient client(world, kClient, name, rest_password(secret, name));
    EXPECT_TRUE(client.allocate().is_success()) << secret;
    EXPECT_TRUE(client.refresh(0).is_success());
  }
  TurnClient forger(world, kClient, name, rest_password("another secret", name));
  EXPECT_EQ(forger.allocate().error(), 401);
}

TEST(RestUsername, begins_nothing_after_its_expiry) {
  World world(rest_config());
  const std::string name = expiring_after(60s);
  TurnClient client(world, kClient, name, rest_password("new secret", name));

  world.advance(60s);

  EXPECT_EQ(client.allocate().error(), 401);
}

TEST(RestUsername, keeps_the_allocation_that_it_began_but_not_past_its_end) {
  World world(rest_config());
  const std::string name = expiring_after(60s);
  TurnClient client(world, kClient, name, rest_password("new secret", name));
  ASSERT_TRUE(client.allocate().is_success());

  world.advance(9min);
  EXPECT_TRUE(client.refresh(600).is_success());
  world.now += 10min;  // expired, and the timer is late

  EXPECT_EQ(client.allocate().error(), 401);
}

TEST(RestUsername, of_other_forms_is_refused) {
  for (const std::string name : {"-1:carol", "soon:carol", ":carol", "99999999999999999999:carol",
                                 "1e10:carol", " 1800000000:carol"}) {
    World world(rest_config());
    TurnClient client(world, kClient, name, rest_password("new secret", name));

    EXPECT_EQ(client.allocate().error(), 401) << name;
  }
}

TEST(RestUsername, may_have_its_expiry_behind_the_name) {
  World world(rest_config());
  const auto named = [](overlay::UnixSeconds lifetime) {
    return "carol:" + std::to_string((kUnixStart + lifetime).count());
  };
  TurnClient client(world, kClient, named(60s), rest_password("new secret", named(60s)));
  TurnClient late(world, "192.0.2.11:40000", named(-1s), rest_password("new secret", named(-1s)));

  EXPECT_TRUE(client.allocate().is_success());
  EXPECT_EQ(late.allocate().error(), 401);
}

TEST(Username, is_signed_as_the_bytes_that_it_is) {
  TurnServerConfig config = rest_config();
  config.users.push_back({.name = "zoë", .password = "пароль"});
  World world(config);
  const std::string name = expiring_after(1h) + "-zoë";
  const std::string latin = expiring_after(1h) + "-zo\xEB";

  EXPECT_TRUE(TurnClient(world, "192.0.2.10:1", "zoë", "пароль").allocate().is_success());
  EXPECT_TRUE(
      TurnClient(world, "192.0.2.10:2", name, rest_password("new secret", name)).allocate().is_success());
  EXPECT_TRUE(
      TurnClient(world, "192.0.2.10:3", latin, rest_password("new secret", latin)).allocate().is_success());
  EXPECT_EQ(TurnClient(world, "192.0.2.10:4", "zo\xEB", "пароль").allocate().error(), 401);
}

TEST(Username, has_at_most_512_bytes) {
  for (const std::size_t size : {508u, 512u, 513u, 763u}) {
    World world(rest_config());
    std::string name = expiring_after(1h);
    name.resize(size, 'x');

    const Answer answer = TurnClient(world, kClient, name, rest_password("new secret", name)).allocate();

    EXPECT_EQ(answer.is_success(), size <= 512) << size;
  }
}

TEST(Integrity, hides_what_was_appended_behind_it) {
  World world;
  TurnClient client(world, kClient);
  ASSERT_TRUE(client.allocate().is_success());
  auto request = client.sign(StunMethod::kRefresh);
  overlay::ByteArray<8> lifetime_zero{0x00, 0x0d, 0x00, 0x04, 0, 0, 0, 0};
  request.insert(request.end(), lifetime_zero.begin(), lifetime_zero.end());
  overlay::store_be(request.data() + 2, static_cast<std::uint16_t>(request.size() - kStunHeaderSize));

  const Answer answer = client.answer_to(request);

  EXPECT_EQ(answer.message().find_u32(StunAttribute::kLifetime), 600u);
  EXPECT_EQ(world.server.allocation_count(), 1u);
}

TEST(Integrity, covers_every_bit_before_it) {
  World world;
  TurnClient client(world, kClient);
  const auto request = client.sign(StunMethod::kAllocate, add_udp);

  for (std::size_t bit = 0; bit < request.size() * 8; ++bit) {
    auto changed = request;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1u << bit % 8));
    (void)client.send(changed);
  }

  EXPECT_EQ(world.server.allocation_count(), 0u);
  EXPECT_TRUE(client.answer_to(request).is_success());
}

}  // namespace authentication_test
}  // namespace relay::testing
