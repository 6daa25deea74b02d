// Allocations that follow their clients (RFC 8016).
#include <gtest/gtest.h>

#include "overlay/base/wire.h"
#include "tests/unit/turn/turn_client.h"

namespace relay::testing {
namespace mobility_test {

using namespace std::chrono_literals;

constexpr std::string_view kOld = "192.0.2.10:40000";
constexpr std::string_view kNew = "203.0.113.20:50000";
constexpr std::string_view kPeer = "8.8.8.8:5000";

[[nodiscard]] TurnServerConfig mobile() {
  TurnServerConfig config = sample_config();
  config.mobility = true;
  config.limits.allocations_per_user = 2;
  return config;
}

struct MobilityTest : ::testing::Test {
  [[nodiscard]] static std::string ticket_in(const Answer& answer) {
    return answer.text(StunAttribute::kMobilityTicket);
  }
  [[nodiscard]] std::string allocate_with_ticket() {
    return ticket_in(client.allocate([](StunWriter& w) { w.add(StunAttribute::kMobilityTicket, {}); }));
  }
  [[nodiscard]] static Answer move(TurnClient& to, const std::string& ticket, std::uint32_t lifetime = 600) {
    return to.ask(StunMethod::kRefresh, [&](StunWriter& writer) {
      writer.add_u32(StunAttribute::kLifetime, lifetime);
      writer.add_text(StunAttribute::kMobilityTicket, ticket);
    });
  }

  World world{mobile()};
  TurnClient client{world, kOld};
  TurnClient moved{world, kNew};
};

TEST_F(MobilityTest, brings_the_allocation_with_its_permissions_and_channels) {
  const std::string ticket = allocate_with_ticket();
  ASSERT_EQ(ticket.size(), 32u);
  ASSERT_TRUE(client.bind(0x4000, kPeer).is_success());

  const Answer answer = move(moved, ticket);

  ASSERT_TRUE(answer.is_success());
  EXPECT_EQ(ticket_in(answer).size(), 32u);
  EXPECT_NE(ticket_in(answer), ticket);
  EXPECT_EQ(moved.send_channel(0x4000, "x").verdict.route.source, client.relayed());
  EXPECT_EQ(client.send_channel(0x4000, "x").verdict.reason, TurnDrop::kNoAllocation);
  EXPECT_EQ(client.receive_from(kPeer, "x").verdict.route.destination, endpoint(kNew));
  EXPECT_EQ(world.server.allocation_count(), 1u);
}

// coturn's client keeps it as a C string.
TEST_F(MobilityTest, ticket_is_text) {
  std::string ticket = allocate_with_ticket();
  for (int moves = 0; moves < 100; ++moves) {
    ticket = ticket_in(move(moves % 2 == 0 ? moved : client, ticket));

    ASSERT_EQ(ticket.size(), 32u);
    ASSERT_EQ(ticket.find_first_not_of("0123456789abcdef"), std::string::npos) << ticket;
  }
}

TEST_F(MobilityTest, ticket_is_good_once_and_the_next_one_after_it) {
  const std::string first = allocate_with_ticket();
  const std::string second = ticket_in(move(moved, first));
  TurnClient third(world, "203.0.113.21:50000");

  EXPECT_EQ(move(third, first).error(), 400);
  EXPECT_TRUE(move(third, second).is_success());
}

TEST_F(MobilityTest, move_is_answered_alike_when_it_is_retransmitted) {
  const std::string ticket = allocate_with_ticket();
  const auto request = moved.sign(StunMethod::kRefresh, [&](StunWriter& writer) {
    writer.add_text(StunAttribute::kMobilityTicket, ticket);
  });

  const Answer first = moved.answer_to(request);
  const Answer second = moved.answer_to(request);

  ASSERT_TRUE(first.is_success());
  EXPECT_EQ(first.bytes(), second.bytes());
}

TEST_F(MobilityTest, ticket_of_another_user_moves_nothing) {
  const std::string ticket = allocate_with_ticket();
  TurnClient thief(world, kNew, "bob");

  EXPECT_EQ(move(thief, ticket).error(), 441);
  EXPECT_TRUE(client.permit(kPeer).is_success());
}

TEST_F(MobilityTest, ticket_does_not_push_out_the_allocation_that_is_there) {
  const std::string ticket = allocate_with_ticket();
  ASSERT_TRUE(moved.allocate().is_success());

  EXPECT_EQ(move(moved, ticket).error(), 400);
  EXPECT_EQ(world.server.allocation_count(), 2u);
}

TEST_F(MobilityTest, ticket_shown_at_its_own_five_tuple_is_an_ordinary_refresh) {
  const std::string ticket = allocate_with_ticket();

  const Answer answer = move(client, ticket);

  EXPECT_TRUE(answer.is_success());
  EXPECT_EQ(ticket_in(answer), ticket);
}

TEST_F(MobilityTest, made_up_or_old_tickets_are_refused) {
  const std::string ticket = allocate_with_ticket();

  EXPECT_EQ(move(moved, "0123456789abcdef").error(), 400);
  EXPECT_EQ(move(moved, ticket.substr(1)).error(), 400);
  EXPECT_EQ(move(moved, "").error(), 400);
  world.advance(600s);
  EXPECT_EQ(move(moved, ticket).error(), 400);
}

TEST_F(MobilityTest, move_with_lifetime_zero_ends_the_allocation) {
  const std::string ticket = allocate_with_ticket();

  ASSERT_TRUE(move(moved, ticket, 0).is_success());

  EXPECT_EQ(world.server.allocation_count(), 0u);
  EXPECT_TRUE(world.io.open().empty());
}

// Neither more allocations nor more lifetime than without moving.
TEST_F(MobilityTest, moves_neither_evade_the_quota_nor_lose_the_deadline) {
  std::string ticket = allocate_with_ticket();
  for (int port = 1; port <= 20; ++port) {
    TurnClient next(world, "203.0.113.30:" + std::to_string(port));
    ticket = ticket_in(move(next, ticket));
  }
  TurnClient second(world, "192.0.2.10:40001");
  TurnClient third(world, "192.0.2.10:40002");

  EXPECT_EQ(world.server.allocation_count(), 1u);
  EXPECT_TRUE(second.allocate().is_success());
  EXPECT_EQ(third.allocate().error(), 486);
  world.advance(600s);
  EXPECT_EQ(world.server.allocation_count(), 0u);
  EXPECT_TRUE(world.io.is_balanced());
}

TEST_F(MobilityTest, session_of_an_expired_username_moves_too) {
  TurnServerConfig config = mobile();
  config.rest.secrets = {"a secret"};
  World rest(config);
  const std::string name = std::to_string(kUnixStart.count() + 60) + ":carol";
  TurnClient before(rest, kOld, name, rest_password("a secret", name));
  TurnClient after(rest, kNew, name, rest_password("a secret", name));
  const std::string ticket =
      ticket_in(before.allocate([](StunWriter& w) { w.add(StunAttribute::kMobilityTicket, {}); }));

  rest.advance(120s);

  EXPECT_TRUE(move(after, ticket).is_success());
}

TEST_F(MobilityTest, ticket_in_an_allocate_is_empty_or_a_bad_request) {
  const Answer answer =
      client.allocate([](StunWriter& w) { w.add_text(StunAttribute::kMobilityTicket, "0123456789abcdef"); });

  EXPECT_EQ(answer.error(), 400);
}

TEST_F(MobilityTest, is_passed_over_where_it_is_off) {
  World still;
  TurnClient asking(still, kOld);

  const Answer answer = asking.allocate([](StunWriter& w) { w.add(StunAttribute::kMobilityTicket, {}); });

  EXPECT_TRUE(answer.is_success());
  EXPECT_FALSE(answer.message().has(StunAttribute::kMobilityTicket));
}

}  // namespace mobility_test
}  // namespace relay::testing
