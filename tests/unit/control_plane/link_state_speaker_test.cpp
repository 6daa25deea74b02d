// A record of one's own is always one that others can verify, whatever the configuration and the number of
// links.
#include "relay/control_plane/link_state_speaker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "overlay/base/random.h"

namespace relay {
namespace link_state_speaker_test {

using ::testing::SizeIs;

struct Node {
  explicit Node(OwnRecord own) : speaker(identity, ca.public_key(), std::move(own)) {}

  // The longest certificate that a CA issues.
  static overlay::NodeIdentity certified(const overlay::SigningKeyPair& ca, overlay::Random& random) {
    const auto keys = overlay::NodeKeys::generate(random);
    const std::string label(overlay::kMaxLabelSize, 'x');
    auto certificate = overlay::issue_certificate(ca, {.node = overlay::NodeId(1),
                                                       .name = label,
                                                       .provider = label,
                                                       .region = label,
                                                       .zone = label,
                                                       .roles = 3,
                                                       .signing_key = keys.signing.public_key(),
                                                       .exchange_key = keys.exchange.public_key(),
                                                       .not_after = overlay::UnixSeconds(4'000'000'000)});
    return overlay::NodeIdentity::make(keys, std::move(certificate).value()).value();
  }

  overlay::SeededRandom random{1};
  overlay::SigningKeyPair ca = overlay::SigningKeyPair::generate(random);
  overlay::NodeIdentity identity = certified(ca, random);
  LinkStateSpeaker speaker;
};

std::vector<routing::Adjacency> links(std::size_t count) {
  std::vector<routing::Adjacency> adjacencies;
  for (std::size_t i = 0; i < count; ++i)
    adjacencies.push_back({.neighbor = overlay::NodeId(static_cast<std::uint16_t>(10 + i)),
                           .state = i == 0 ? routing::AdjacencyState::kDown : routing::AdjacencyState::kUp,
                           .rtt = std::chrono::milliseconds(500 - i)});
  return adjacencies;
}

std::vector<overlay::ExchangePublicKey> media_keys() {
  return {overlay::ExchangePublicKey(overlay::ByteArray<32>{1}),
          overlay::ExchangePublicKey(overlay::ByteArray<32>{2})};
}

bool is_signed(const Node& node) {
  const routing::LinkStateRecord* const record = node.speaker.db().find(overlay::NodeId(1));
  const auto part = routing::signed_part(*record);
  return !part.empty() &&
         overlay::verify_signature(node.identity.certificate().signing_key, part, record->signature);
}

TEST(LinkStateSpeaker, signs_a_record_that_encodes_with_any_number_of_links) {
  for (const std::size_t count : {0u, 1u, 60u, 69u, 90u, 91u, 400u}) {
    Node node({.endpoints = {*overlay::Endpoint::parse("[2001:db8::1]:7000"),
                             *overlay::Endpoint::parse("[2001:db8::2]:7000")},
               .epoch = 1});
    (void)node.speaker.claim({4, *overlay::IpAddress::parse("2001:db8::9")}, overlay::UnixSeconds(1));

    node.speaker.originate(links(count), media_keys(), overlay::Instant(std::chrono::hours(1)));

    EXPECT_TRUE(is_signed(node)) << count;
  }
}

TEST(LinkStateSpeaker, advertises_the_nearest_links_that_are_up_where_not_all_fit) {
  Node node({.endpoints = {*overlay::Endpoint::parse("192.0.2.1:7000")}, .epoch = 1});

  node.speaker.originate(links(400), media_keys(), overlay::Instant(std::chrono::hours(1)));

  const auto& advertised = node.speaker.db().find(overlay::NodeId(1))->adjacencies;
  ASSERT_GT(advertised.size(), 60u);
  EXPECT_EQ(advertised.back().neighbor, overlay::NodeId(409));
  EXPECT_EQ(advertised.front().neighbor.value(), 410 - advertised.size());
}

TEST(LinkStateSpeaker, advertises_as_many_endpoints_as_a_record_holds) {
  Node node({.endpoints = {3, *overlay::Endpoint::parse("192.0.2.1:7000")}, .epoch = 1});

  node.speaker.originate({}, media_keys(), overlay::Instant(std::chrono::hours(1)));

  EXPECT_TRUE(is_signed(node));
  EXPECT_THAT(node.speaker.db().find(overlay::NodeId(1))->endpoints, SizeIs(routing::kMaxRecordEndpoints));
}

}  // namespace link_state_speaker_test
}  // namespace relay
