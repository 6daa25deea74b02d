// The credentials of RFC 8489: SHA-256 keys and integrity, hidden user names, and no way to bid them down.
#include <gtest/gtest.h>

#include "overlay/base/wire.h"
#include "tests/unit/turn/turn_client.h"

namespace relay::testing {
namespace sha256_test {

constexpr std::string_view kClient = "192.0.2.10:40000";
constexpr std::string_view kOffered{"\0\2\0\0\0\1\0\0", 8};

[[nodiscard]] Signing modern() {
  return {.sha256_integrity = true, .algorithm = PasswordAlgorithm::kSha256};
}

[[nodiscard]] bool is_signed_by(const TurnClient& client, const Answer& answer) {
  return answer.message().integrity() &&
         integrity_matches(client.key(), answer.message().before_integrity(), *answer.message().integrity());
}

TEST(Challenge, offers_sha256_before_md5_and_promises_so_in_the_nonce) {
  World world;
  TurnClient client(world, kClient);

  const Answer answer = client.ask_unsigned(StunMethod::kAllocate, add_udp);

  EXPECT_EQ(answer.text(StunAttribute::kPasswordAlgorithms), kOffered);
  EXPECT_EQ(answer.text(StunAttribute::kNonce).substr(0, 13), "obMatJos2AAAD");
}

TEST(Challenge, has_nothing_that_an_old_client_would_have_to_understand) {
  World world;
  TurnClient client(world, kClient);

  const Answer answer = client.ask_unsigned(StunMethod::kAllocate, add_udp);

  answer.message().for_each([](std::uint16_t type, overlay::Bytes) {
    const auto attribute = static_cast<StunAttribute>(type);
    EXPECT_TRUE(!is_comprehension_required(type) || attribute == StunAttribute::kErrorCode ||
                attribute == StunAttribute::kRealm || attribute == StunAttribute::kNonce)
        << type;
  });
}

TEST(Challenge, has_a_nonce_that_small_buffers_hold) {
  World world;
  TurnClient client(world, kClient);

  const Answer answer = client.ask_unsigned(StunMethod::kAllocate, add_udp);

  EXPECT_EQ(answer.text(StunAttribute::kNonce).size(), NonceMint::kSize);
  EXPECT_LT(NonceMint::kSize, 128u);
}

// Nobody knows the password from which a key with SHA-256 could be made.
TEST(Challenge, offers_md5_alone_while_of_one_user_only_the_key_is_known) {
  TurnServerConfig config = sample_config();
  config.users.push_back(
      {.name = "carol", .password = {}, .key = long_term_key("carol", "causeway", "lost password")});
  World world(config);
  TurnClient carol(world, kClient, "carol", "lost password");
  TurnClient modern_alice(world, "192.0.2.11:40000");
  modern_alice.sign_like(modern());

  const Answer answer = carol.ask_unsigned(StunMethod::kAllocate, add_udp);

  EXPECT_FALSE(answer.message().has(StunAttribute::kPasswordAlgorithms));
  EXPECT_EQ(answer.text(StunAttribute::kNonce).substr(0, 13), "obMatJos2AAAC");
  EXPECT_TRUE(carol.allocate().is_success());
  EXPECT_TRUE(modern_alice.allocate().is_success());
}

TEST(Credentials, have_no_key_with_sha256_where_only_that_with_md5_is_known) {
  const StaticUser carol{.name = "carol", .password = {}, .key = long_term_key("carol", "causeway", "lost")};
  const Credentials credentials("causeway", {}, {&carol, 1});
  const auto fits_any = [](const LongTermKey&) { return true; };

  EXPECT_EQ(credentials.find_key("carol", PasswordAlgorithm::kMd5, {}, fits_any), carol.key);
  EXPECT_EQ(credentials.find_key("carol", PasswordAlgorithm::kSha256, {}, fits_any), std::nullopt);
}

// A client that sees the promise hides its name, and a hidden expiring name cannot be found again.
TEST(Challenge, promises_no_anonymity_where_usernames_expire) {
  TurnServerConfig config = sample_config();
  config.rest.secrets = {"a secret"};
  World world(config);
  TurnClient client(world, kClient);

  const Answer answer = client.ask_unsigned(StunMethod::kAllocate, add_udp);

  EXPECT_EQ(answer.text(StunAttribute::kNonce).substr(0, 13), "obMatJos2AAAB");
}

TEST(Sha256, carries_a_whole_session_and_its_answers) {
  World world;
  TurnClient client(world, kClient);
  client.sign_like(modern());

  const Answer allocated = client.allocate();
  const Answer permitted = client.permit("8.8.8.8:1");
  const Answer refused = client.permit("10.0.0.1:1");

  EXPECT_TRUE(allocated.is_success());
  EXPECT_TRUE(permitted.is_success());
  EXPECT_EQ(refused.error(), 403);
  for (const Answer& answer : {allocated, permitted, refused}) {
    EXPECT_TRUE(answer.message().has_sha256_integrity());
    EXPECT_TRUE(is_signed_by(client, answer));
  }
}

// RFC 8489 section 9.2.4: whether the client named an algorithm decides over the answer, not how it signed.
TEST(Sha256, of_one_part_goes_with_the_older_other_part) {
  for (const Signing& signing : {Signing{.sha256_integrity = true},
                                 Signing{.sha256_integrity = true, .algorithm = PasswordAlgorithm::kMd5},
                                 Signing{.algorithm = PasswordAlgorithm::kSha256}}) {
    World world;
    TurnClient client(world, kClient);
    client.sign_like(signing);

    const Answer answer = client.allocate();

    EXPECT_TRUE(answer.is_success());
    EXPECT_EQ(answer.message().has_sha256_integrity(), signing.algorithm.has_value());
    EXPECT_TRUE(is_signed_by(client, answer));
  }
}

TEST(Sha256, wants_the_right_password) {
  World world;
  TurnClient client(world, kClient, "alice", "wrong");
  client.sign_like(modern());

  EXPECT_EQ(client.allocate().error(), 401);
}

// RFC 8489 section 9.2.4: whoever took the better algorithm out of the challenge is found out.
TEST(BidDown, is_refused_when_the_offer_comes_back_changed) {
  const overlay::ByteVector md5_only{0, 1, 0, 0};
  const overlay::ByteVector turned{0, 1, 0, 0, 0, 2, 0, 0};
  const overlay::ByteVector longer{0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0};
  for (const overlay::ByteVector& offered : {md5_only, turned, longer, overlay::ByteVector{}}) {
    World world;
    TurnClient client(world, kClient);
    client.sign_like({.algorithm = PasswordAlgorithm::kMd5, .offered = offered});

    const Answer answer = client.allocate();

    EXPECT_EQ(answer.error(), 400);
    EXPECT_FALSE(answer.message().integrity());
  }
}

TEST(BidDown, is_refused_when_half_of_the_pair_is_missing) {
  World world;
  TurnClient client(world, kClient);

  const Answer chosen_only = client.allocate(
      [](StunWriter& writer) { writer.add_u32(StunAttribute::kPasswordAlgorithm, 2u << 16); });
  const Answer offered_only = client.allocate(
      [](StunWriter& writer) { writer.add_text(StunAttribute::kPasswordAlgorithms, kOffered); });

  EXPECT_EQ(chosen_only.error(), 400);
  EXPECT_EQ(offered_only.error(), 400);
}

TEST(BidDown, is_refused_for_an_algorithm_that_was_not_offered) {
  World world;
  TurnClient client(world, kClient);
  client.sign_like({.algorithm = static_cast<PasswordAlgorithm>(3)});

  EXPECT_EQ(client.allocate().error(), 400);
}

TEST(BidDown, of_the_features_in_a_nonce_makes_it_stale) {
  World world;
  TurnClient client(world, kClient);
  std::string nonce = client.ask_unsigned(StunMethod::kAllocate).text(StunAttribute::kNonce);

  nonce[12] = 'A';
  client.use_nonce(nonce);

  EXPECT_EQ(client.allocate().error(), 438);
}

TEST(UserHash, stands_for_a_static_user) {
  World world;
  TurnClient client(world, kClient);
  Signing hidden = modern();
  hidden.has_user_hash = true;
  client.sign_like(hidden);

  EXPECT_TRUE(client.allocate().is_success());
  EXPECT_TRUE(client.permit("8.8.8.8:1").is_success());
  world.server.for_each_allocation(
      [](const Allocation& allocation) { EXPECT_EQ(allocation.username, "alice"); });
}

TEST(UserHash, of_nobody_or_of_an_expiring_username_is_unauthorized) {
  TurnServerConfig config = sample_config();
  config.rest.secrets = {"a secret"};
  const std::string expiring = std::to_string(kUnixStart.count() + 60) + ":carol";
  for (const std::string& name : {std::string("mallory"), expiring}) {
    World world(config);
    TurnClient client(world, kClient, name, rest_password("a secret", name));
    client.sign_like({.has_user_hash = true});

    EXPECT_EQ(client.allocate().error(), 401) << name;
  }
}

TEST(RestPassword, of_sha256_is_taken_when_switched_on) {
  const std::string name = std::to_string(kUnixStart.count() + 60) + ":carol";
  for (const bool takes_sha256 : {false, true}) {
    TurnServerConfig config = sample_config();
    config.rest = {.secrets = {"a secret"}, .takes_sha256 = takes_sha256};
    World world(config);
    TurnClient modern_client(world, kClient, name, rest_password("a secret", name, RestScheme::kSha256));
    TurnClient old_client(world, "192.0.2.10:40001", name, rest_password("a secret", name));

    EXPECT_EQ(modern_client.allocate().is_success(), takes_sha256);
    EXPECT_TRUE(old_client.allocate().is_success());
  }
}

TEST(Integrity, of_both_kinds_is_judged_by_the_stronger) {
  World world;
  TurnClient client(world, kClient);
  auto request = client.sign(StunMethod::kAllocate, add_udp);
  overlay::ByteArray<36> appended{0x00, 0x1c, 0x00, 0x20};
  const Sha256 mac = message_integrity_sha256(client.key(), request);
  std::ranges::copy(mac, appended.begin() + 4);
  auto good = request;
  good.insert(good.end(), appended.begin(), appended.end());
  appended[4] ^= 1;
  auto bad = request;
  bad.insert(bad.end(), appended.begin(), appended.end());
  for (auto* message : {&good, &bad})
    overlay::store_be(message->data() + 2, static_cast<std::uint16_t>(message->size() - kStunHeaderSize));

  EXPECT_EQ(client.answer_to(bad).error(), 401);
  EXPECT_TRUE(client.answer_to(good).is_success());
}

}  // namespace sha256_test
}  // namespace relay::testing
