#include "relay/node/public_address_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/stun/stun_reader.h"
#include "relay/stun/stun_writer.h"

namespace relay {
namespace public_address_search_test {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

overlay::Endpoint endpoint(std::string_view text) {
  return overlay::Endpoint::parse(text).value();
}

const overlay::Endpoint kLocal = endpoint("10.0.0.5:40000");
const overlay::Endpoint kFirst = endpoint("198.51.100.1:3478");
const overlay::Endpoint kSecond = endpoint("198.51.100.2:3478");

overlay::ByteVector answer_to(const PublicAddressSearch::Query& query, std::string_view mapped) {
  const auto request = StunReader::parse(query.bytes);
  overlay::ByteVector bytes(100);
  StunWriter writer(bytes, {StunMethod::kBinding, StunClass::kSuccess}, request.value().transaction());
  writer.add_xor_address(StunAttribute::kXorMappedAddress, endpoint(mapped));
  bytes.resize(writer.written().size());
  return bytes;
}

class PublicAddressSearchTest : public ::testing::Test {
 protected:
  PublicAddressSearch search(const std::vector<overlay::Endpoint>& servers) {
    return PublicAddressSearch({kLocal}, servers, random_);
  }

  overlay::SeededRandom random_{1};
  overlay::Instant now_ = overlay::Instant{} + 1h;
};

TEST_F(PublicAddressSearchTest, believes_the_servers_that_were_asked) {
  PublicAddressSearch search = this->search({kFirst, kSecond});

  for (const auto& query : search.poll_queries(now_))
    search.on_datagram(query.local, query.server, answer_to(query, "192.0.2.5:40000"));

  EXPECT_TRUE(search.is_done());
  EXPECT_THAT(search.result().value(), ElementsAre(endpoint("192.0.2.5:1").address));
}

TEST_F(PublicAddressSearchTest, asks_again_until_somebody_answers) {
  PublicAddressSearch search = this->search({kFirst});
  const auto lost = search.poll_queries(now_);
  EXPECT_THAT(lost, SizeIs(1));
  EXPECT_THAT(search.poll_queries(now_), IsEmpty());

  const auto again = search.poll_queries(search.next_timeout());

  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].bytes, lost[0].bytes);
  search.on_datagram(kLocal, kFirst, answer_to(again[0], "192.0.2.5:40000"));
  EXPECT_TRUE(search.is_done());
}

TEST_F(PublicAddressSearchTest, gives_up_when_nobody_answers) {
  PublicAddressSearch search = this->search({kFirst});

  std::size_t sent = 0;
  for (int round = 0; round < 100 && !search.is_done(); ++round)
    sent += search.poll_queries(now_ = std::max(now_, search.next_timeout())).size();

  EXPECT_TRUE(search.is_done());
  EXPECT_EQ(sent, static_cast<std::size_t>(PublicAddressSearch::kAttempts));
  EXPECT_THAT(search.result().error().message, HasSubstr("turn.stun_servers"));
}

TEST_F(PublicAddressSearchTest, needs_one_answer_of_several) {
  PublicAddressSearch search = this->search({kFirst, kSecond});
  const auto queries = search.poll_queries(now_);

  search.on_datagram(kLocal, kSecond, answer_to(queries[1], "192.0.2.5:40000"));

  EXPECT_FALSE(search.is_done());
  EXPECT_TRUE(search.result().has_value());
}

TEST_F(PublicAddressSearchTest, ignores_what_was_not_asked_for) {
  PublicAddressSearch search = this->search({kFirst});
  const auto queries = search.poll_queries(now_);
  auto forged = answer_to(queries[0], "203.0.113.66:40000");
  search.on_datagram(kLocal, kSecond, forged);
  search.on_datagram(endpoint("10.0.0.6:40000"), kFirst, forged);
  forged[19] ^= 1;
  search.on_datagram(kLocal, kFirst, forged);
  search.on_datagram(kLocal, kFirst, queries[0].bytes);
  search.on_datagram(kLocal, kFirst, {});

  EXPECT_FALSE(search.is_done());
}

TEST_F(PublicAddressSearchTest, fails_when_servers_disagree) {
  PublicAddressSearch search = this->search({kFirst, kSecond});
  const auto queries = search.poll_queries(now_);
  search.on_datagram(kLocal, kFirst, answer_to(queries[0], "192.0.2.5:40000"));
  search.on_datagram(kLocal, kSecond, answer_to(queries[1], "192.0.2.6:40000"));

  EXPECT_THAT(search.result().error().message, HasSubstr("not 1:1"));
}

TEST_F(PublicAddressSearchTest, fails_when_ports_are_changed) {
  PublicAddressSearch search = this->search({kFirst});
  const auto queries = search.poll_queries(now_);
  search.on_datagram(kLocal, kFirst, answer_to(queries[0], "192.0.2.5:40001"));

  EXPECT_THAT(search.result().error().message, HasSubstr("changes ports"));
}

TEST_F(PublicAddressSearchTest, fails_without_a_server_of_the_family) {
  PublicAddressSearch search = this->search({endpoint("[2001:db8::1]:3478")});

  EXPECT_TRUE(search.is_done());
  EXPECT_THAT(search.result().error().message, HasSubstr("10.0.0.5"));
}

}  // namespace public_address_search_test
}  // namespace relay
