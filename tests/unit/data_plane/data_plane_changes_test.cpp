// A data plane says at once which change it has applied.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "overlay/base/random.h"
#include "tests/sim/turn_messages.h"
#include "tests/unit/data_plane/lone_edge.h"

namespace relay {
namespace data_plane_changes_test {

using namespace std::chrono_literals;
using overlay::Transport;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ChangesOfDataPlane : public ::testing::Test {
 protected:
  void start(std::optional<TurnServerConfig> turn, std::optional<overlay::Duration> usage_interval = {}) {
    DataPlaneConfig config = edge_with(std::move(turn));
    config.usage_interval = usage_interval;
    plane_.emplace(std::move(config), io_, random_);
    plane_->set_wall_clock({now_, overlay::UnixSeconds(1'700'000'000)});
    (void)reported();
  }
  void allocate(const FiveTuple& client) {
    sim::TransactionIds ids;
    const auto challenge = ask(client, sim::allocate_request(ids.next(), nullptr));
    const sim::TurnAuth auth{.credentials = {std::string(kUser), std::string(kPassword)},
                             .realm = challenge.realm,
                             .nonce = challenge.nonce};
    EXPECT_EQ(ask(client, sim::allocate_request(ids.next(), &auth)).error, 0);
  }
  sim::TurnAnswer ask(const FiveTuple& client, const overlay::ByteVector& request) {
    overlay::PacketBuffer buffer;
    EXPECT_TRUE(buffer.assign(request));
    plane_->on_datagram({.source = client.client, .local = client.server, .transport = client.transport},
                        buffer, now_);
    return sim::read_answer(io_.payload).value_or(sim::TurnAnswer{.error = -1});
  }
  // The ends of allocations in the usage reports.
  [[nodiscard]] std::vector<AllocationEnd> ends() {
    std::vector<AllocationEnd> ends;
    while (const auto message = plane_->poll_message())
      if (const auto* const batch = std::get_if<UsageBatch>(&*message))
        for (const UsageRecord& record : batch->records)
          if (record.end) ends.push_back(*record.end);
    return ends;
  }
  // Since the last time.
  [[nodiscard]] std::vector<std::uint64_t> reported() {
    std::vector<std::uint64_t> generations;
    while (const auto message = plane_->poll_message())
      if (const auto* const report = std::get_if<DataPlaneReport>(&*message))
        generations.push_back(report->turn_generation);
    return generations;
  }

  overlay::Instant now_ = overlay::Instant{} + 1h;
  LastSent io_;
  overlay::SeededRandom random_{7};
  std::optional<DataPlane> plane_;
};

TEST_F(ChangesOfDataPlane, are_reported_one_by_one) {
  start(turn_config());

  plane_->on_message(
      ReconfigureTurn{.generation = 1, .server = std::make_shared<const TurnServerConfig>(turn_config())},
      now_);
  EXPECT_THAT(reported(), ElementsAre(1));

  plane_->on_message(DrainTurn{.generation = 2, .drain = Drain{.deadline = now_ + 10min, .alternatives = {}}},
                     now_);
  EXPECT_THAT(reported(), ElementsAre(2));

  plane_->on_message(DrainTurn{.generation = 3, .drain = std::nullopt}, now_);
  EXPECT_THAT(reported(), ElementsAre(3));
}

TEST_F(ChangesOfDataPlane, are_told_again_with_every_report_because_one_may_be_lost) {
  start(turn_config());
  plane_->on_message(DrainTurn{.generation = 4, .drain = std::nullopt}, now_);
  EXPECT_THAT(reported(), ElementsAre(4));

  plane_->on_timer(now_ + 10s);

  EXPECT_THAT(reported(), ElementsAre(4));
}

TEST_F(ChangesOfDataPlane, are_reported_without_a_turn_server_too) {
  start(std::nullopt);
  EXPECT_THAT(reported(), IsEmpty());

  plane_->on_message(DrainTurn{.generation = 1, .drain = std::nullopt}, now_);

  EXPECT_THAT(reported(), ElementsAre(1));
}

// The connection tells the data plane of its end too, as it does when a client ends it.
TEST_F(ChangesOfDataPlane, cut_a_client_on_a_connection_for_the_reason_that_the_usage_log_has) {
  start(turn_config(), 1h);
  allocate({.client = endpoint("192.0.2.10:40000"), .server = kListener, .transport = Transport::kTls});
  std::vector<FiveTuple> closed;
  plane_->set_close_client([&](const FiveTuple& client) {
    closed.push_back(client);
    plane_->on_client_closed(client, now_);
  });
  plane_->on_message(DrainTurn{.generation = 1, .drain = Drain{.deadline = now_ + 5min, .alternatives = {}}},
                     now_);

  now_ += 5min;
  plane_->on_timer(now_);

  EXPECT_THAT(closed, SizeIs(1));
  EXPECT_THAT(ends(), ElementsAre(AllocationEnd::kDrained));
}

// The close of a DTLS client takes a packet buffer, and a round has 8,192.
TEST_F(ChangesOfDataPlane, cut_many_clients_over_several_rounds) {
  TurnServerConfig turn = turn_config();
  start(turn, 1h);
  constexpr std::uint16_t kClients = 900;
  for (std::uint16_t i = 0; i < kClients; ++i)
    allocate({.client = {overlay::IpAddress::v4({192, 0, 2, 10}), static_cast<std::uint16_t>(20'000 + i)},
              .server = kListener,
              .transport = Transport::kDtls});
  std::size_t closed = 0;
  plane_->set_close_client([&](const FiveTuple&) { ++closed; });
  plane_->on_message(DrainTurn{.generation = 1, .drain = Drain{.deadline = now_ + 5min, .alternatives = {}}},
                     now_);
  now_ += 5min;

  std::size_t rounds = 0;
  while (plane_->next_timeout() <= now_ && rounds < 100) {
    const std::size_t before = closed;
    plane_->on_timer(now_);
    ++rounds;
    EXPECT_LE(closed - before, 256u);
  }

  EXPECT_EQ(closed, kClients);
}

TEST_F(ChangesOfDataPlane, end_allocations_whose_user_is_gone_unless_there_is_grace) {
  TurnServerConfig without_alice = turn_config();
  without_alice.users = {};
  const auto server = std::make_shared<const TurnServerConfig>(without_alice);
  start(turn_config(), 1h);
  allocate({.client = endpoint("192.0.2.10:40000"), .server = kListener, .transport = Transport::kUdp});

  plane_->on_message(
      ReconfigureTurn{.generation = 1, .server = server, .usage_interval = 1h, .ends_disallowed = false},
      now_);
  now_ += 10s;
  plane_->on_timer(now_);
  EXPECT_THAT(ends(), IsEmpty());

  plane_->on_message(ReconfigureTurn{.generation = 2, .server = server, .usage_interval = 1h}, now_);
  now_ += 10s;
  plane_->on_timer(now_);
  EXPECT_THAT(ends(), ElementsAre(AllocationEnd::kCredentialGone));
}

TEST_F(ChangesOfDataPlane, end_the_allocations_that_an_operator_names) {
  start(turn_config(), 1h);
  const FiveTuple first{
      .client = endpoint("192.0.2.10:40000"), .server = kListener, .transport = Transport::kUdp};
  const FiveTuple second{
      .client = endpoint("192.0.2.10:40001"), .server = kListener, .transport = Transport::kTls};
  allocate(first);
  allocate(second);
  std::vector<FiveTuple> closed;
  plane_->set_close_client([&](const FiveTuple& client) { closed.push_back(client); });
  (void)ends();

  plane_->on_message(
      ListAllocations{.query = 1, .filter = {.client = "192.0.2.10:40001"}, .limit = 10, .ends = true}, now_);
  std::vector<AllocationReport> listed;
  while (const auto message = plane_->poll_message())
    if (const auto* const answer = std::get_if<AllocationsListed>(&*message)) listed = answer->list.listed;
  ASSERT_THAT(listed, SizeIs(1));
  plane_->on_timer(now_);

  EXPECT_THAT(closed, ElementsAre(second));
  EXPECT_FALSE(plane_->is_served(second));
  EXPECT_TRUE(plane_->is_served(first));

  plane_->on_message(ListAllocations{.query = 2, .filter = {.id = "0-1"}, .limit = 10, .ends = true}, now_);
  plane_->on_timer(now_);
  EXPECT_FALSE(plane_->is_served(first));
}

TEST_F(ChangesOfDataPlane, leave_it_to_a_client_to_end_its_connection_before_the_deadline) {
  const FiveTuple client{
      .client = endpoint("192.0.2.10:40000"), .server = kListener, .transport = Transport::kTcp};
  start(turn_config(), 1h);
  allocate(client);
  plane_->on_message(DrainTurn{.generation = 1, .drain = Drain{.deadline = now_ + 5min, .alternatives = {}}},
                     now_);

  plane_->on_client_closed(client, now_);
  now_ += 5min;
  plane_->on_timer(now_);

  EXPECT_THAT(ends(), ElementsAre(AllocationEnd::kConnectionClosed));
}

}  // namespace data_plane_changes_test
}  // namespace relay
