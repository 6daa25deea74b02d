#include "relay/admin/admin_commands.h"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace relay {
namespace admin_commands_test {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

// A node that does what it is asked for, whose data planes follow when the test says so.
class AdminCommands : public ::testing::Test {
 protected:
  [[nodiscard]] bool ask(const json& request) {
    return answer_command(
        {.reload = [this](bool) { return report_; },
         .drain = [](const DrainRequest& drain) -> overlay::Result<DrainReport> {
           if (!drain.node.empty()) return overlay::failure("this is another node");
           return DrainReport{.allocations = 3};
         },
         .undrain = [](const std::string&) { return overlay::ok(); },
         .when_applied = [this](PendingChanges::Handler handler) { applied_ = std::move(handler); }},
        request.dump(), [this](const std::string& line) { answer_ = json::parse(line); });
  }

  ReloadReport report_{.applied = {"turn.users"}, .need_restart = {"cores"}};
  PendingChanges::Handler applied_;
  std::optional<json> answer_;
};

TEST_F(AdminCommands, answer_a_reload_when_it_is_in_force) {
  ASSERT_TRUE(ask({{"command", "reload"}}));
  EXPECT_FALSE(answer_);

  applied_({});

  EXPECT_EQ(answer_, json::parse(R"({"applied":["turn.users"],"need_restart":["cores"],
                                     "behind":[],"failures":[]})"));
}

TEST_F(AdminCommands, fail_and_name_the_data_plane_that_is_behind) {
  ASSERT_TRUE(ask({{"command", "reload"}}));

  applied_({.behind = {1}, .failures = {"data plane 0: 192.0.2.1:443 is taken"}});

  ASSERT_TRUE(answer_);
  EXPECT_EQ((*answer_)["behind"], json({1}));
  EXPECT_EQ((*answer_)["applied"], json({"turn.users"}));
  EXPECT_THAT((*answer_)["error"].get<std::string>(),
              AllOf(HasSubstr("data plane 1 has not applied it"), HasSubstr("192.0.2.1:443 is taken")));
}

TEST_F(AdminCommands, answer_a_refused_reload_at_once) {
  report_ = {.errors = {"node.yaml:3: turn.listen: is wrong"}};

  ASSERT_TRUE(ask({{"command", "reload"}}));

  ASSERT_TRUE(answer_);
  EXPECT_THAT((*answer_)["error"].get<std::string>(), HasSubstr("node.yaml:3"));
  EXPECT_FALSE(applied_);
}

TEST_F(AdminCommands, answer_a_drain_and_its_end_when_they_are_in_force) {
  ASSERT_TRUE(ask({{"command", "drain"}, {"deadline", "10m"}}));
  EXPECT_FALSE(answer_);
  applied_({});
  ASSERT_TRUE(answer_);
  EXPECT_EQ((*answer_)["allocations"], 3);
  EXPECT_EQ((*answer_)["deadline_s"], 600);

  answer_.reset();
  ASSERT_TRUE(ask({{"command", "undrain"}}));
  EXPECT_FALSE(answer_);
  applied_({});
  ASSERT_TRUE(answer_);
  EXPECT_EQ((*answer_)["draining"], false);
}

TEST_F(AdminCommands, answer_a_refused_drain_at_once) {
  ASSERT_TRUE(ask({{"command", "drain"}, {"deadline", "10m"}, {"node", "other"}}));

  ASSERT_TRUE(answer_);
  EXPECT_EQ((*answer_)["error"], "this is another node");
}

TEST_F(AdminCommands, leave_other_requests_to_others) {
  EXPECT_FALSE(ask({{"command", "status"}}));
  EXPECT_FALSE(ask({1, 2}));
  EXPECT_FALSE(answer_);
}

}  // namespace admin_commands_test
}  // namespace relay
