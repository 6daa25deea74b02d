// Handshake datagrams of strangers and of the honest, at one gate.
#include "relay/data_plane/handshake_gate.h"

#include <gtest/gtest.h>

#include "overlay/crypto/noise_ik.h"

namespace relay {
namespace handshake_gate_test {

using namespace std::chrono_literals;
using overlay::encode_cookie;
using overlay::Endpoint;

Endpoint endpoint_of(std::uint32_t address, std::uint16_t port = 4700) {
  return {.address = overlay::IpAddress::v4(
              {static_cast<std::uint8_t>(address >> 24), static_cast<std::uint8_t>(address >> 16),
               static_cast<std::uint8_t>(address >> 8), static_cast<std::uint8_t>(address)}),
          .port = port};
}

class HandshakeGateTest : public testing::Test {
 protected:
  [[nodiscard]] overlay::ByteVector initiation(
      std::uint32_t index, const std::optional<overlay::HandshakeMac>& cookie = std::nullopt) {
    overlay::ByteVector noise(overlay::NoiseIk::kInitiationOverhead + 200);
    random_.fill(noise);
    return encode_initiation(overlay::SessionIndex(index), noise, key_, cookie);
  }
  [[nodiscard]] overlay::ByteVector response_to(std::uint32_t index) {
    return encode_response(overlay::SessionIndex(1), overlay::SessionIndex(index),
                           overlay::ByteVector(overlay::NoiseIk::kResponseOverhead + 200), key_);
  }
  HandshakeGate::Decision judge(const Endpoint& from, const overlay::ByteVector& datagram) {
    return gate_.judge(from, datagram, now_);
  }
  // Initiations with a right MAC 1 from forged addresses, each from another network.
  void flood(std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i)
      (void)judge(endpoint_of((i * 2'654'435'761U) | 1), initiation(i));
  }
  void expect_balance() {
    const HandshakeGateCounters& c = gate_.counters();
    EXPECT_EQ(c.received, c.passed + c.malformed + c.bad_mac + c.unexpected + c.cookies_demanded + c.limited);
  }

  overlay::SeededRandom random_{3};
  overlay::ExchangePublicKey key_ = overlay::ExchangeKeyPair::generate(random_).public_key();
  overlay::Instant now_{1h};
  const Endpoint honest_ = endpoint_of(0xC0000201);
  HandshakeGate gate_{key_, random_};
};

TEST_F(HandshakeGateTest, garbage_uses_up_no_budget) {
  overlay::ByteVector garbage(300);
  for (int i = 0; i < 200'000; ++i) {
    garbage[0] = static_cast<std::uint8_t>(i % 5);
    garbage[20] = static_cast<std::uint8_t>(i);
    EXPECT_FALSE(judge(honest_, garbage).passes);
  }

  EXPECT_TRUE(judge(honest_, initiation(1)).passes);

  EXPECT_EQ(gate_.counters().bad_mac, 40'000u);
  EXPECT_EQ(gate_.counters().passed, 1u);
  expect_balance();
}

TEST_F(HandshakeGateTest, under_a_flood_from_forged_addresses_the_honest_pass_with_a_cookie) {
  flood(20'000);

  const auto demanded = judge(honest_, initiation(7));
  ASSERT_FALSE(demanded.passes);
  const auto cookie = overlay::decode_cookie(demanded.cookie);
  ASSERT_TRUE(cookie);
  EXPECT_TRUE(judge(honest_, initiation(8, cookie->cookie)).passes);

  EXPECT_LE(gate_.counters().passed, HandshakeGate::kWithoutCookie.burst + 1);
  expect_balance();
}

TEST_F(HandshakeGateTest, a_cookie_is_worth_nothing_at_another_address) {
  flood(20'000);
  const auto cookie = overlay::decode_cookie(judge(honest_, initiation(7)).cookie);
  ASSERT_TRUE(cookie);

  EXPECT_FALSE(judge(endpoint_of(0xC0000302), initiation(8, cookie->cookie)).passes);
  EXPECT_FALSE(judge(endpoint_of(0xC0000201, 4701), initiation(9, cookie->cookie)).passes);
}

TEST_F(HandshakeGateTest, a_cookie_is_smaller_than_what_it_answers) {
  flood(20'000);
  const auto asked = initiation(7);

  EXPECT_LT(judge(honest_, asked).cookie.size(), asked.size() / 4);
}

TEST_F(HandshakeGateTest, one_network_with_cookies_gets_its_share_and_no_more) {
  flood(20'000);
  const Endpoint greedy = endpoint_of(0xCB007109);
  const auto cookie = overlay::decode_cookie(judge(greedy, initiation(7)).cookie);
  const auto honest_cookie = overlay::decode_cookie(judge(honest_, initiation(7)).cookie);
  ASSERT_TRUE(cookie && honest_cookie);

  std::uint64_t passed = 0;
  for (std::uint32_t i = 0; i < 10'000; ++i)
    passed += judge(greedy, initiation(i, cookie->cookie)).passes ? 1U : 0U;

  EXPECT_EQ(passed, HandshakeGate::kWithCookiePerNetwork.burst);
  EXPECT_TRUE(judge(honest_, initiation(8, honest_cookie->cookie)).passes);
  expect_balance();
}

TEST_F(HandshakeGateTest, one_network_without_cookies_does_not_use_up_the_budget_of_all) {
  for (std::uint32_t i = 0; i < 10'000; ++i)
    (void)judge(endpoint_of(0xCB007100 + i % 250), initiation(i));

  EXPECT_TRUE(judge(honest_, initiation(7)).passes);
}

TEST_F(HandshakeGateTest, answers_pass_only_after_the_initiation_that_they_answer) {
  EXPECT_FALSE(judge(honest_, response_to(5)).passes);

  gate_.note_sent(initiation(5), now_);

  EXPECT_TRUE(judge(honest_, response_to(5)).passes);
  EXPECT_TRUE(
      judge(honest_,
            encode_cookie({.initiator = overlay::SessionIndex(5), .initiation_mac1 = {}, .cookie = {}}))
          .passes);
  EXPECT_FALSE(judge(honest_, response_to(6)).passes);
  now_ += AwaitedAnswers::kLifetime;
  EXPECT_FALSE(judge(honest_, response_to(5)).passes);
  EXPECT_EQ(gate_.counters().unexpected, 3u);
  expect_balance();
}

TEST_F(HandshakeGateTest, a_repeated_answer_passes_a_few_times) {
  gate_.note_sent(initiation(5), now_);

  int passed = 0;
  for (int i = 0; i < 1'000; ++i)
    passed += judge(honest_, response_to(5)).passes ? 1 : 0;

  EXPECT_EQ(passed, AwaitedAnswers::kMaxAnswers);
}

TEST_F(HandshakeGateTest, the_oldest_initiation_gives_way_when_too_many_wait) {
  for (std::uint32_t i = 0; i <= AwaitedAnswers::kMaxInitiations; ++i)
    gate_.note_sent(initiation(i + 1), now_);

  EXPECT_FALSE(judge(honest_, response_to(1)).passes);
  EXPECT_TRUE(judge(honest_, response_to(2)).passes);
}

TEST(PrefixBuckets, of_ipv6_count_a_64_as_one_network) {
  overlay::SeededRandom random(1);
  PrefixBuckets buckets({.per_second = 1, .burst = 10}, random);
  const overlay::Instant now{1h};
  const auto address = [](std::uint8_t network, std::uint8_t host) {
    return overlay::IpAddress::v6({0x20, 1, 0xd, 0xb8, 0, 0, 0, network, host, 0, 0, 0, 0, 0, 0, host});
  };

  int taken = 0;
  for (std::uint8_t host = 0; host < 100; ++host)
    taken += buckets.take(address(1, host), now) ? 1 : 0;

  EXPECT_EQ(taken, 10);
  EXPECT_TRUE(buckets.take(address(2, 0), now));
}

}  // namespace handshake_gate_test
}  // namespace relay
