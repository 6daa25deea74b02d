#include "relay/admin/pending_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace pending_changes_test {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

DataPlaneReport report_of(std::uint64_t generation, std::vector<std::string> failures = {}) {
  DataPlaneReport report;
  report.turn_generation = generation;
  report.failures = std::move(failures);
  return report;
}

class PendingChangesTest : public ::testing::Test {
 protected:
  void await(std::uint64_t generation, std::vector<std::size_t> behind) {
    changes_.await(generation, std::move(behind), now_,
                   [this](const ChangeOutcome& outcome) { outcomes_.push_back(outcome); });
  }

  overlay::Instant now_ = overlay::Instant{} + 1h;
  PendingChanges changes_;
  std::vector<ChangeOutcome> outcomes_;
};

TEST_F(PendingChangesTest, tell_when_the_last_data_plane_has_applied_the_change) {
  await(7, {0, 1});
  changes_.on_report(0, report_of(7));
  changes_.poll(now_);
  EXPECT_THAT(outcomes_, IsEmpty());

  changes_.on_report(1, report_of(7));
  EXPECT_LE(changes_.next_timeout(), now_);
  changes_.poll(now_);

  ASSERT_THAT(outcomes_, SizeIs(1));
  EXPECT_TRUE(outcomes_[0].is_complete());
  EXPECT_EQ(changes_.next_timeout(), overlay::kNever);
  changes_.poll(now_ + 1h);
  EXPECT_THAT(outcomes_, SizeIs(1));
}

TEST_F(PendingChangesTest, take_no_report_of_an_earlier_change) {
  await(7, {0});

  changes_.on_report(0, report_of(6));
  changes_.poll(now_);

  EXPECT_THAT(outcomes_, IsEmpty());
}

TEST_F(PendingChangesTest, tell_at_once_of_what_is_applied_already) {
  await(7, {});

  EXPECT_LE(changes_.next_timeout(), now_);
  changes_.poll(now_);

  ASSERT_THAT(outcomes_, SizeIs(1));
  EXPECT_TRUE(outcomes_[0].is_complete());
}

TEST_F(PendingChangesTest, name_who_is_behind_when_it_takes_too_long) {
  await(7, {0, 1, 2});
  changes_.on_report(1, report_of(7));
  EXPECT_EQ(changes_.next_timeout(), now_ + PendingChanges::kPatience);

  changes_.poll(now_ + PendingChanges::kPatience - 1ns);
  EXPECT_THAT(outcomes_, IsEmpty());
  changes_.poll(now_ + PendingChanges::kPatience);

  ASSERT_THAT(outcomes_, SizeIs(1));
  EXPECT_FALSE(outcomes_[0].is_complete());
  EXPECT_THAT(outcomes_[0].behind, ElementsAre(0, 2));
  EXPECT_EQ(outcomes_[0].to_string(),
            "data planes 0 and 2 have not applied it within 5 s, and will as soon as possible");
}

TEST_F(PendingChangesTest, tell_what_a_data_plane_could_not_do) {
  await(7, {0, 1});
  changes_.on_report(0, report_of(7));

  changes_.on_report(1, report_of(7, {"192.0.2.1:443 is taken"}));
  changes_.poll(now_);

  ASSERT_THAT(outcomes_, SizeIs(1));
  EXPECT_FALSE(outcomes_[0].is_complete());
  EXPECT_EQ(outcomes_[0].to_string(), "data plane 1: 192.0.2.1:443 is taken");
}

TEST_F(PendingChangesTest, leave_the_failures_of_a_later_change_to_that_change) {
  await(7, {0});
  await(8, {0});

  changes_.on_report(0, report_of(8, {"192.0.2.1:443 is taken"}));
  changes_.poll(now_);

  ASSERT_THAT(outcomes_, SizeIs(2));
  EXPECT_THAT(outcomes_[0].failures, IsEmpty());
  EXPECT_THAT(outcomes_[1].failures, SizeIs(1));
}

TEST_F(PendingChangesTest, count_a_data_plane_once) {
  await(7, {0, 1});

  changes_.on_report(0, report_of(7, {"192.0.2.1:443 is taken"}));
  changes_.on_report(0, report_of(7, {"192.0.2.1:443 is taken"}));
  changes_.poll(now_ + PendingChanges::kPatience);

  ASSERT_THAT(outcomes_, SizeIs(1));
  EXPECT_THAT(outcomes_[0].behind, ElementsAre(1));
  EXPECT_THAT(outcomes_[0].failures, SizeIs(1));
}

}  // namespace pending_changes_test
}  // namespace relay
