#include "overlay/link/link_handshaker.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace overlay {
namespace link_handshaker_test {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr UnixSeconds kNow{1'800'000'000};
constexpr Instant kStart{seconds(1)};

// One node with everything that it handed out.
struct Party {
  Party(const SigningKeyPair& ca, std::uint16_t id, Random& random, const SigningPublicKey& trusted_ca,
        HandshakerConfig handshaker_config = {}, UnixSeconds not_after = kNow + seconds(3600))
      : keys(NodeKeys::generate(random)),
        endpoint(*Endpoint::parse("192.0.2." + std::to_string(id) + ":7000")),
        identity(*NodeIdentity::make(keys, *issue_certificate(ca, {.node = NodeId(id),
                                                                   .name = "n" + std::to_string(id),
                                                                   .provider = "p",
                                                                   .region = "r",
                                                                   .zone = "z",
                                                                   .roles = 2,
                                                                   .signing_key = keys.signing.public_key(),
                                                                   .exchange_key = keys.exchange.public_key(),
                                                                   .not_before = kNow - seconds(10),
                                                                   .not_after = not_after}))),
        trusted(trusted_ca),
        config(handshaker_config) {
    restart(random);
  }

  // Forgets everything but keys and certificate. The calendar shows kNow at kStart, plus `shift`.
  void restart(Random& random, Duration shift = {}) {
    handshaker.emplace(identity, trusted, config, random);
    handshaker->set_wall_clock({kStart, kNow + shift});
  }

  [[nodiscard]] NeighborAddress address() const {
    return {.endpoint = endpoint, .key = keys.exchange.public_key(), .expected = identity.node()};
  }
  // Sorts what the handshaker wants: datagrams are returned, the rest is kept.
  std::vector<HandshakeDatagram> drain() {
    std::vector<HandshakeDatagram> out;
    while (auto command = handshaker->poll_command()) {
      if (auto* datagram = std::get_if<HandshakeDatagram>(&*command)) out.push_back(*datagram);
      if (auto* session = std::get_if<EstablishedSession>(&*command)) sessions.push_back(*session);
      if (auto* refusal = std::get_if<HandshakeRefused>(&*command)) refusals.push_back(refusal->reason);
    }
    return out;
  }

  NodeKeys keys;
  Endpoint endpoint;
  NodeIdentity identity;
  SigningPublicKey trusted;
  HandshakerConfig config;
  std::optional<LinkHandshaker> handshaker;
  std::vector<EstablishedSession> sessions;
  std::vector<std::string> refusals;
};

class HandshakeTest : public testing::Test {
 protected:
  HandshakeTest() {
    crypto_init();
    ca = SigningKeyPair::generate(random);
    left = std::make_unique<Party>(ca, 1, random, ca.public_key());
    right = std::make_unique<Party>(ca, 2, random, ca.public_key());
  }

  // Carries datagrams both ways until nobody has any more.
  void exchange() {
    for (int round = 0; round < 10; ++round) {
      left->handshaker->on_timer(now);
      right->handshaker->on_timer(now);
      const auto from_left = left->drain();
      const auto from_right = right->drain();
      if (from_left.empty() && from_right.empty()) return;
      for (const auto& d : from_left)
        right->handshaker->on_datagram(left->endpoint, d.bytes, now);
      for (const auto& d : from_right)
        left->handshaker->on_datagram(right->endpoint, d.bytes, now);
    }
  }

  Instant now = kStart;
  SeededRandom random{5};
  SigningKeyPair ca;
  std::unique_ptr<Party> left;
  std::unique_ptr<Party> right;
};

TEST_F(HandshakeTest, both_ends_get_the_same_session) {
  left->handshaker->connect(right->address(), now);

  exchange();

  ASSERT_EQ(left->sessions.size(), 1u);
  ASSERT_EQ(right->sessions.size(), 1u);
  const LinkSession& a = left->sessions[0].session;
  const LinkSession& b = right->sessions[0].session;
  EXPECT_EQ(a.local_index, b.remote_index);
  EXPECT_EQ(a.remote_index, b.local_index);
  EXPECT_EQ(a.keys.send.control, b.keys.receive.control);
  EXPECT_EQ(a.keys.receive.header, b.keys.send.header);
  EXPECT_TRUE(a.initiator);
  EXPECT_EQ(right->sessions[0].neighbor, NodeId(1));
}

TEST_F(HandshakeTest, a_lost_message_is_made_up_for) {
  left->handshaker->connect(right->address(), now);
  left->handshaker->on_timer(now);
  EXPECT_EQ(left->drain().size(), 1u);  // lost

  now += milliseconds(400);
  exchange();

  EXPECT_EQ(left->sessions.size(), 1u);
}

TEST_F(HandshakeTest, two_that_call_at_once_end_with_one_session) {
  left->handshaker->connect(right->address(), now);
  right->handshaker->connect(left->address(), now);

  exchange();

  ASSERT_EQ(left->sessions.size(), 1u);
  ASSERT_EQ(right->sessions.size(), 1u);
  EXPECT_TRUE(left->sessions[0].session.initiator);
}

TEST_F(HandshakeTest, the_initiator_renews_the_session) {
  left->handshaker->connect(right->address(), now);
  exchange();

  now += std::chrono::minutes(2);
  exchange();

  EXPECT_EQ(left->sessions.size(), 2u);
  EXPECT_EQ(right->sessions.size(), 2u);
}

TEST_F(HandshakeTest, a_stranger_to_the_cluster_is_refused_and_told_of) {
  const auto other_ca = SigningKeyPair::generate(random);
  left = std::make_unique<Party>(other_ca, 1, random, ca.public_key());
  left->handshaker->connect(right->address(), now);

  exchange();

  EXPECT_TRUE(right->sessions.empty());
  ASSERT_FALSE(right->refusals.empty());
  EXPECT_THAT(right->refusals[0], HasSubstr("not signed by this cluster's CA"));
}

TEST_F(HandshakeTest, an_expired_certificate_is_refused) {
  left = std::make_unique<Party>(ca, 1, random, ca.public_key(), HandshakerConfig{}, kNow);
  left->handshaker->connect(right->address(), now);

  exchange();

  EXPECT_TRUE(right->sessions.empty());
  EXPECT_THAT(right->refusals.at(0), HasSubstr("expired"));
}

TEST_F(HandshakeTest, a_certificate_that_names_another_node_is_refused) {
  NeighborAddress address = right->address();
  address.expected = NodeId(3);
  left->handshaker->connect(address, now);

  exchange();

  EXPECT_TRUE(left->sessions.empty());
  EXPECT_THAT(left->refusals.at(0), HasSubstr("names node 2, expected node 3"));
}

TEST_F(HandshakeTest, a_stolen_certificate_is_worth_nothing_without_its_key) {
  auto thief_keys = NodeKeys::generate(random);
  auto noise = NoiseIk::initiator(thief_keys.exchange, right->keys.exchange.public_key(),
                                  as_bytes("causeway-link-1"), ExchangeKeyPair::generate(random));
  const auto message = noise
                           .write_initiation(encode_payload(InitiationPayload{
                               .time = 1, .certificate = encode_certificate(left->identity.certificate())}))
                           .value();

  right->handshaker->on_datagram(
      left->endpoint,
      encode_initiation(SessionIndex(9), message, right->keys.exchange.public_key(), std::nullopt), now);
  right->drain();

  EXPECT_TRUE(right->sessions.empty());
  EXPECT_THAT(right->refusals.at(0), HasSubstr("another key"));
}

TEST_F(HandshakeTest, a_repeated_initiation_makes_no_second_session) {
  left->handshaker->connect(right->address(), now);
  left->handshaker->on_timer(now);
  const auto initiation = left->drain().at(0);
  right->handshaker->on_datagram(left->endpoint, initiation.bytes, now);
  right->drain();

  right->handshaker->on_datagram(left->endpoint, initiation.bytes, now);

  EXPECT_TRUE(right->drain().empty());
  EXPECT_EQ(right->sessions.size(), 1u);
}

// An attacker has recorded the first initiation of `left` and sends it to a `right` that has forgotten
// everything.
class ReplayedInitiation : public HandshakeTest {
 protected:
  ReplayedInitiation() {
    left->handshaker->connect(right->address(), now);
    left->handshaker->on_timer(now);
    recorded = left->drain().at(0).bytes;
    right->restart(random);
  }
  void replay() {
    right->handshaker->on_datagram(*Endpoint::parse("203.0.113.66:666"), recorded, now);
    answers = right->drain();
  }

  ByteVector recorded;
  std::vector<HandshakeDatagram> answers;
};

TEST_F(ReplayedInitiation, neither_cancels_nor_delays_our_own_attempt) {
  right->handshaker->connect(left->address(), now);
  right->handshaker->on_timer(now);
  const auto own = right->drain().at(0);
  const Instant next_attempt = right->handshaker->next_timeout();

  replay();

  EXPECT_EQ(right->handshaker->next_timeout(), next_attempt);
  left->restart(random);
  left->handshaker->on_datagram(right->endpoint, own.bytes, now);
  right->handshaker->on_datagram(left->endpoint, left->drain().at(0).bytes, now);
  right->drain();
  ASSERT_FALSE(right->sessions.empty());
  EXPECT_TRUE(right->sessions.back().session.initiator);
}

TEST_F(ReplayedInitiation, does_not_postpone_the_renewal_of_a_session) {
  right->handshaker->connect(left->address(), now);
  exchange();
  const Instant renewal = right->handshaker->next_timeout();

  replay();

  EXPECT_EQ(right->handshaker->next_timeout(), renewal);
}

TEST_F(ReplayedInitiation, makes_no_session_once_a_newer_one_is_known) {
  now += seconds(1);
  left->handshaker->on_timer(now);
  right->handshaker->on_datagram(left->endpoint, left->drain().at(0).bytes, now);
  right->drain();
  ASSERT_EQ(right->sessions.size(), 1u);

  replay();

  EXPECT_EQ(right->sessions.size(), 1u);
  EXPECT_EQ(right->handshaker->counters().stale, 1u);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_LT(answers[0].bytes.size(), recorded.size());
}

TEST_F(ReplayedInitiation, is_not_confirmed_by_frames_of_another_session) {
  right->handshaker->connect(left->address(), now);
  replay();

  EXPECT_FALSE(right->handshaker->note_confirmed(NodeId(1), SessionIndex(1)));
  EXPECT_FALSE(right->handshaker->note_confirmed(NodeId(7), right->sessions.at(0).session.local_index));
}

TEST_F(HandshakeTest, a_node_whose_calendar_went_back_connects_again) {
  left->handshaker->connect(right->address(), now);
  exchange();
  left->restart(random, -seconds(5));
  left->handshaker->connect(right->address(), now);

  exchange();

  EXPECT_EQ(right->handshaker->counters().stale, 1u);
  EXPECT_EQ(left->sessions.size(), 2u);
  EXPECT_EQ(right->sessions.size(), 2u);
}

TEST_F(HandshakeTest, a_confirmed_session_is_renewed_by_its_initiator) {
  left->handshaker->connect(right->address(), now);
  left->handshaker->on_timer(now);
  const auto initiation = left->drain().at(0);
  right->handshaker->connect(left->address(), now);
  right->handshaker->on_datagram(left->endpoint, initiation.bytes, now);
  right->drain();

  EXPECT_TRUE(right->handshaker->note_confirmed(NodeId(1), right->sessions.at(0).session.local_index));
  now += std::chrono::minutes(3);
  right->handshaker->on_timer(now);

  EXPECT_TRUE(right->drain().empty());
}

TEST_F(HandshakeTest, an_initiation_that_was_answered_with_a_cookie_is_repeated_at_once_with_it) {
  const CookieJar cookies(random);
  left->handshaker->connect(right->address(), now);
  left->handshaker->on_timer(now);
  const auto first = decode_initiation(left->drain().at(0).bytes).value();
  EXPECT_FALSE(first.has_mac2());

  left->handshaker->on_datagram(right->endpoint,
                                encode_cookie({.initiator = first.initiator,
                                               .initiation_mac1 = first.mac1,
                                               .cookie = cookies.bake(left->endpoint, now)}),
                                now);
  left->handshaker->on_timer(now);

  const auto repeated = left->drain();
  ASSERT_EQ(repeated.size(), 1u);
  EXPECT_TRUE(cookies.proves(left->endpoint, decode_initiation(repeated[0].bytes).value(), now));
  right->handshaker->on_datagram(left->endpoint, repeated[0].bytes, now);
  left->handshaker->on_datagram(right->endpoint, right->drain().at(0).bytes, now);
  left->drain();
  EXPECT_EQ(left->sessions.size(), 1u);
}

TEST_F(HandshakeTest, random_bytes_cost_no_key_agreement) {
  ByteVector noise_bytes(300);
  for (int i = 0; i < 1000; ++i) {
    random.fill(noise_bytes);
    noise_bytes[0] = kInitiationType;
    noise_bytes[1] = noise_bytes[2] = noise_bytes[3] = 0;
    right->handshaker->on_datagram(left->endpoint, noise_bytes, now);
  }

  EXPECT_EQ(right->handshaker->counters().bad_mac, 1000u);
  EXPECT_EQ(right->handshaker->counters().bad_noise, 0u);
}

}  // namespace link_handshaker_test
}  // namespace overlay
