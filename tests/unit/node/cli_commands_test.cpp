#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tools/cli/command.h"

namespace cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

// A command line against a daemon that gives a prepared answer.
struct Shell {
  std::string answer = "{}";
  json request;
  overlay::SeededRandom random{7};
  std::ostringstream out;
  std::ostringstream err;

  ExitCode run(const Arguments& words) {
    Context context{
        .out = out,
        .err = err,
        .default_socket = "/run/causeway/admin.sock",
        .ask = [this](const std::string&, const std::string& line) -> overlay::Result<std::string> {
          request = json::parse(line);
          return answer;
        },
        .pause = [](overlay::Duration) { return false; },
        .random = random};
    return cli::run(words, context);
  }
};

TEST(CliReload, tells_what_was_applied_and_what_takes_a_restart) {
  Shell shell;
  shell.answer = R"({"applied":["turn.listen","turn.rest_secrets"],"need_restart":["cores"]})";

  ASSERT_EQ(shell.run({"reload"}), ExitCode::kOk) << shell.err.str();

  EXPECT_EQ(shell.request, json({{"command", "reload"}}));
  EXPECT_EQ(shell.out.str(),
            "applied:\n  turn.listen\n  turn.rest_secrets\ntakes a restart of the daemon:\n  cores\n");
}

TEST(CliReload, says_that_nothing_changed) {
  Shell shell;
  shell.answer = R"({"applied":[],"need_restart":[]})";

  ASSERT_EQ(shell.run({"reload"}), ExitCode::kOk);

  EXPECT_EQ(shell.out.str(), "nothing changed\n");
}

TEST(CliReload, fails_when_the_configuration_is_refused) {
  Shell shell;
  shell.answer = R"({"error":"the configuration is refused:\n  node.yaml:3: turn.listen: is wrong"})";

  EXPECT_EQ(shell.run({"reload"}), ExitCode::kFailed);
  EXPECT_THAT(shell.err.str(), HasSubstr("node.yaml:3"));
}

}  // namespace
}  // namespace cli
