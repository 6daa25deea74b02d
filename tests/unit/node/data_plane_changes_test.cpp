// A data plane says at once which change it has applied.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "overlay/base/random.h"
#include "tests/unit/node/lone_edge.h"

namespace relay {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ChangesOfDataPlane : public ::testing::Test {
 protected:
  void start(std::optional<TurnServerConfig> turn) {
    plane_.emplace(edge_with(std::move(turn)), io_, random_);
    plane_->set_wall_clock({now_, overlay::UnixSeconds(1'700'000'000)});
    (void)reported();
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

}  // namespace
}  // namespace relay
