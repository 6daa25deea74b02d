#include "relay/admin/allocation_queries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace allocation_queries_test {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::SizeIs;

AllocationReport allocation_of(std::string_view username,
                               overlay::Transport transport = overlay::Transport::kUdp) {
  return {.client = overlay::Endpoint::parse("192.0.2.9:5000").value(),
          .relayed = overlay::Endpoint::parse("198.51.100.1:50000").value(),
          .transport = transport,
          .username = std::string(username)};
}

TEST(AllocationFilter, matches_everything_when_it_is_empty) {
  EXPECT_TRUE(AllocationFilter{}.matches(allocation_of("alice")));
}

TEST(AllocationFilter, knows_users_of_signed_names) {
  const AllocationFilter filter{.user = "alice"};

  EXPECT_TRUE(filter.matches(allocation_of("alice")));
  EXPECT_TRUE(filter.matches(allocation_of("1700000000:alice")));
  EXPECT_FALSE(filter.matches(allocation_of("1700000000:malice")));
  EXPECT_FALSE(filter.matches(allocation_of("bob")));
}

TEST(AllocationFilter, takes_addresses_with_and_without_a_port) {
  const auto allocation = allocation_of("alice");

  EXPECT_TRUE((AllocationFilter{.client = "192.0.2.9"}).matches(allocation));
  EXPECT_TRUE((AllocationFilter{.client = "192.0.2.9:5000"}).matches(allocation));
  EXPECT_FALSE((AllocationFilter{.client = "192.0.2.9:5001"}).matches(allocation));
  EXPECT_TRUE((AllocationFilter{.relayed = "198.51.100.1:50000"}).matches(allocation));
  EXPECT_FALSE((AllocationFilter{.relayed = "192.0.2.9"}).matches(allocation));
}

TEST(AllocationFilter, looks_at_both_relayed_addresses) {
  auto allocation = allocation_of("alice");
  allocation.second_relayed = overlay::Endpoint::parse("[2001:db8::1]:50002").value();

  EXPECT_TRUE((AllocationFilter{.relayed = "2001:db8::1"}).matches(allocation));
  EXPECT_TRUE((AllocationFilter{.relayed = "198.51.100.1"}).matches(allocation));
  EXPECT_FALSE((AllocationFilter{.relayed = "2001:db8::2"}).matches(allocation));
}

TEST(AllocationFilter, wants_every_condition_to_hold) {
  const AllocationFilter filter{.user = "alice", .transport = "tls"};

  EXPECT_TRUE(filter.matches(allocation_of("alice", overlay::Transport::kTls)));
  EXPECT_FALSE(filter.matches(allocation_of("alice", overlay::Transport::kUdp)));
}

TEST(AllocationQuery, is_read_from_a_request) {
  const auto query =
      AllocationQuery::parse(R"({"command":"allocations","user":"alice","transport":"tcp","limit":7})");

  ASSERT_TRUE(query.has_value());
  EXPECT_EQ(query->filter.user, "alice");
  EXPECT_EQ(query->filter.transport, "tcp");
  EXPECT_EQ(query->limit, 7u);
  EXPECT_EQ(AllocationQuery::parse("{}")->limit, AllocationQuery::kDefaultLimit);
}

TEST(AllocationQuery, ends_allocations_only_with_a_filter_or_all) {
  EXPECT_TRUE(AllocationQuery::parse(R"({"command":"end_allocations","id":"0-17"})")->ends);
  EXPECT_TRUE(AllocationQuery::parse(R"({"command":"end_allocations","all":true})")->ends);
  EXPECT_FALSE(AllocationQuery::parse(R"({"command":"end_allocations"})"));
  EXPECT_FALSE(AllocationQuery::parse(R"({"command":"end_allocations","all":true,"user":"alice"})"));
  EXPECT_FALSE(AllocationQuery::parse(R"({"command":"allocations","user":"alice"})")->ends);
}

TEST(AllocationQuery, knows_addresses_in_every_spelling) {
  const auto query =
      AllocationQuery::parse(R"({"client":"2001:DB8:0:0::1","relayed":"[2001:db8:0::2]:50000"})");

  ASSERT_TRUE(query.has_value());
  EXPECT_EQ(query->filter.client, "2001:db8::1");
  EXPECT_EQ(query->filter.relayed, "[2001:db8::2]:50000");
}

TEST(AllocationQuery, refuses_what_cannot_be_meant) {
  for (const char* const request :
       {R"({"limit":0})", R"({"limit":-1})", R"({"limit":1e9})", R"({"limit":"all"})",
        R"({"transport":"sctp"})", R"({"client":"alice"})", R"({"relayed":"192.0.2.1:99999"})",
        R"({"user":7})", R"({"limit":100001})"})
    EXPECT_FALSE(AllocationQuery::parse(request).has_value()) << request;
}

class AllocationQueriesTest : public ::testing::Test {
 protected:
  static AllocationList list_of(std::size_t listed, std::size_t matched) {
    return {.total = matched + 10, .matched = matched, .listed = std::vector(listed, allocation_of("alice"))};
  }

  overlay::Instant now_ = overlay::Instant{} + 1h;
  AllocationQueries queries_;
};

TEST_F(AllocationQueriesTest, answers_when_the_last_data_plane_has) {
  const auto query = queries_.begin(5, 100, 2, now_);
  queries_.on_list(query, list_of(2, 2));
  EXPECT_THAT(queries_.poll(now_), IsEmpty());

  queries_.on_list(query, list_of(3, 3));

  const auto answers = queries_.poll(now_);
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(answers[0].client, 5u);
  EXPECT_TRUE(answers[0].is_complete);
  EXPECT_THAT(answers[0].list.listed, SizeIs(5));
  EXPECT_EQ(answers[0].list.total, 25u);
  EXPECT_EQ(queries_.next_timeout(), overlay::kNever);
}

TEST_F(AllocationQueriesTest, keeps_to_the_limit_over_all_data_planes) {
  const auto query = queries_.begin(5, 3, 2, now_);
  queries_.on_list(query, list_of(2, 2));
  queries_.on_list(query, list_of(2, 9));

  const auto answers = queries_.poll(now_);

  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_THAT(answers[0].list.listed, SizeIs(3));
  EXPECT_EQ(answers[0].list.matched, 11u);
}

TEST_F(AllocationQueriesTest, does_not_wait_for_ever) {
  const auto query = queries_.begin(5, 100, 2, now_);
  queries_.on_list(query, list_of(1, 1));
  EXPECT_EQ(queries_.next_timeout(), now_ + AllocationQueries::kPatience);

  const auto answers = queries_.poll(now_ + AllocationQueries::kPatience);

  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_FALSE(answers[0].is_complete);
  EXPECT_THAT(answers[0].list.listed, SizeIs(1));
  queries_.on_list(query, list_of(1, 1));
  EXPECT_THAT(queries_.poll(now_ + 1h), IsEmpty());
}

TEST_F(AllocationQueriesTest, keeps_questions_apart) {
  const auto first = queries_.begin(5, 100, 1, now_);
  const auto second = queries_.begin(6, 100, 1, now_);

  queries_.on_list(second, list_of(1, 1));

  const auto answers = queries_.poll(now_);
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(answers[0].client, 6u);
  EXPECT_NE(first, second);
}

}  // namespace allocation_queries_test
}  // namespace relay
