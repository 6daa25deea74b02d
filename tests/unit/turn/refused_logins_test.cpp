// The fault of a refused login, which the operator learns and the client does not.
#include <gtest/gtest.h>

#include "tests/unit/turn/turn_client.h"

namespace relay::testing {
namespace refused_logins_test {

using namespace std::chrono_literals;
using enum LoginFault;

constexpr std::string_view kClient = "192.0.2.10:40000";

class RefusedLoginFaults : public ::testing::Test {
 protected:
  struct Told {
    LoginFault fault;
    std::string client;
    std::string username;
    std::string realm;
    overlay::UnixSeconds expired_for;
  };

  [[nodiscard]] static TurnServerConfig config() {
    TurnServerConfig config = sample_config();
    config.rest.secrets = {"new secret", "old secret"};
    return config;
  }

  void observe(World& world) {
    world.server.refused_logins().observe(
        [this](const RefusedLogin& refused) {
          told_.push_back({refused.fault, refused.client.to_string(), std::string(refused.username),
                           std::string(refused.realm), refused.expired_for});
        },
        [](const CountsByLoginFault&) {});
  }
  RefusedLoginFaults() { observe(world_); }

  [[nodiscard]] static std::string name_expiring_in(overlay::UnixSeconds lifetime) {
    return std::to_string((kUnixStart + lifetime).count()) + ":carol";
  }

  // The fault of an Allocate of this user, which gets 401.
  LoginFault fault_of(const std::string& username, const std::string& password, const Signing& signing = {}) {
    TurnClient client(world_, kClient, username, password);
    client.sign_like(signing);
    EXPECT_EQ(client.allocate().error(), 401);
    EXPECT_EQ(told_.size(), 1u);
    return told_.empty() ? kCount : told_.back().fault;
  }

  World world_{config()};
  std::vector<Told> told_;
};

TEST_F(RefusedLoginFaults, unknown_user) {
  EXPECT_EQ(fault_of("mallory", "secret"), kUnknownUser);
  EXPECT_EQ(told_.back().username, "mallory");
  EXPECT_EQ(told_.back().client, kClient);
}

TEST_F(RefusedLoginFaults, unknown_user_behind_a_hash) {
  EXPECT_EQ(fault_of("mallory", "secret", {.has_user_hash = true}), kUnknownUser);
}

TEST_F(RefusedLoginFaults, wrong_password) {
  EXPECT_EQ(fault_of("alice", "wrong"), kWrongPassword);
}

TEST_F(RefusedLoginFaults, expired_name_and_since_when) {
  const std::string name = name_expiring_in(-90s);

  EXPECT_EQ(fault_of(name, rest_password("new secret", name)), kExpired);
  EXPECT_EQ(told_.back().expired_for, 90s);
}

TEST_F(RefusedLoginFaults, wrong_secret) {
  const std::string name = name_expiring_in(1h);

  EXPECT_EQ(fault_of(name, rest_password("another secret", name)), kWrongSecret);
}

TEST_F(RefusedLoginFaults, time_limited_name_without_a_secret_is_an_unknown_user) {
  World world;
  observe(world);
  const std::string name = name_expiring_in(1h);
  TurnClient client(world, kClient, name, rest_password("new secret", name));

  EXPECT_EQ(client.allocate().error(), 401);

  ASSERT_EQ(told_.size(), 1u);
  EXPECT_EQ(told_.back().fault, kUnknownUser);
}

TEST_F(RefusedLoginFaults, wrong_realm_of_a_static_user) {
  EXPECT_EQ(fault_of("alice", std::string(kPassword), {.realm = "example.org"}), kWrongRealm);
  EXPECT_EQ(told_.back().realm, "example.org");
}

TEST_F(RefusedLoginFaults, wrong_realm_of_a_time_limited_name) {
  const std::string name = name_expiring_in(1h);

  EXPECT_EQ(fault_of(name, rest_password("new secret", name), {.realm = "example.org"}), kWrongRealm);
}

TEST_F(RefusedLoginFaults, stale_nonce_that_a_client_repeats) {
  TurnClient client(world_, kClient);
  client.use_nonce("not ours");

  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(client.allocate().error(), 438);

  ASSERT_EQ(told_.size(), 1u);
  EXPECT_EQ(told_.back().fault, kStaleNonce);
  EXPECT_EQ(told_.back().username, "alice");
}

TEST_F(RefusedLoginFaults, are_not_told_of_the_challenge_that_begins_every_login) {
  TurnClient client(world_, kClient);

  ASSERT_TRUE(client.allocate().is_success());
  ASSERT_TRUE(client.refresh(600).is_success());

  EXPECT_TRUE(told_.empty());
  EXPECT_EQ(world_.server.refused_logins().counts(), CountsByLoginFault{});
}

TEST_F(RefusedLoginFaults, are_told_even_while_challenges_are_limited) {
  TurnServerConfig limited = config();
  limited.limits.challenges = {.per_second = 1, .burst = 1};
  World world(limited);
  observe(world);
  TurnClient client(world, kClient, "alice", "wrong");
  const auto request = client.sign(StunMethod::kAllocate, add_udp);  // uses the only challenge

  EXPECT_EQ(client.send(request).verdict.action, TurnAction::kDrop);

  EXPECT_EQ(told_.size(), 1u);
}

TEST_F(RefusedLoginFaults, all_get_the_same_answer) {
  const auto answer_to = [&](const std::string& username) {
    TurnClient client(world_, kClient, username, "wrong");
    const Answer answer = client.allocate();
    return std::pair(answer.error(), answer.bytes().size());
  };

  const auto unknown = answer_to("mallory");

  EXPECT_EQ(answer_to("alice"), unknown);
  EXPECT_EQ(answer_to(name_expiring_in(1h)), unknown);
  EXPECT_EQ(answer_to(name_expiring_in(-1h)), unknown);
}

TEST_F(RefusedLoginFaults, have_a_name_and_a_remedy_each) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < kLoginFaultCount; ++i) {
    names.insert(to_string(static_cast<LoginFault>(i)));
    EXPECT_STRNE(remedy_of(static_cast<LoginFault>(i)), "");
  }

  EXPECT_EQ(names.size(), kLoginFaultCount);
  EXPECT_FALSE(names.contains("unknown"));
}

}  // namespace refused_logins_test
}  // namespace relay::testing
