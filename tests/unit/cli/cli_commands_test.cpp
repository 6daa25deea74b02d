#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "overlay/base/version.h"
#include "tests/unit/cli/cli_shell.h"

namespace cli {
namespace cli_commands_test {

using nlohmann::json;
using ::testing::HasSubstr;

TEST(Options, before_the_command_count_as_those_after_it) {
  for (const Arguments& words : {Arguments{"status", "--socket", "/run/x.sock", "--json"},
                                 Arguments{"--socket", "/run/x.sock", "status", "--json"},
                                 Arguments{"--json", "--socket=/run/x.sock", "status"}}) {
    Shell shell;

    ASSERT_EQ(shell.run(words), ExitCode::kOk) << shell.err.str();

    EXPECT_EQ(shell.socket, "/run/x.sock");
    EXPECT_EQ(shell.request["command"], "status");
  }
}

// An option without a value must not swallow the command.
TEST(Options, before_a_command_of_two_words_belong_to_it) {
  Shell shell;

  EXPECT_EQ(shell.run({"--ca", "ca/ca.pub", "node", "show", "/nowhere.cert"}), ExitCode::kFailed);

  EXPECT_THAT(shell.err.str(), ::testing::HasSubstr("/nowhere.cert"));
}

TEST(CliVersion, is_that_of_the_build) {
  Shell shell;

  ASSERT_EQ(shell.run({"--version"}), ExitCode::kOk);

  EXPECT_EQ(shell.out.str(), "causeway " + std::string(overlay::version()) + "\n");
}

TEST(CliReload, tells_what_was_applied_and_what_takes_a_restart) {
  Shell shell;
  shell.answer = R"({"applied":["turn.listen","turn.rest_secrets"],"need_restart":["cores"]})";

  ASSERT_EQ(shell.run({"reload"}), ExitCode::kOk) << shell.err.str();

  EXPECT_EQ(shell.request, json({{"command", "reload"}}));
  EXPECT_EQ(shell.out.str(),
            "applied:\n  turn.listen\n  turn.rest_secrets\ntakes a restart of the daemon:\n  cores\n");
}

TEST(CliDrain, takes_the_name_of_the_node_before_and_after_options) {
  for (const Arguments& words :
       {Arguments{"drain", "edge-1", "--deadline", "5s"}, Arguments{"drain", "--deadline", "5s", "edge-1"}}) {
    Shell shell;

    ASSERT_EQ(shell.run(words), ExitCode::kOk) << shell.err.str();

    EXPECT_EQ(shell.request, json({{"command", "drain"}, {"node", "edge-1"}, {"deadline", "5s"}}));
  }
}

TEST(CliDrain, is_of_the_node_that_answers_unless_one_is_named) {
  Shell shell;

  ASSERT_EQ(shell.run({"undrain"}), ExitCode::kOk) << shell.err.str();

  EXPECT_EQ(shell.request, json({{"command", "undrain"}}));
  EXPECT_EQ(shell.run({"undrain", "edge-1", "edge-2"}), ExitCode::kUsage);
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

}  // namespace cli_commands_test
}  // namespace cli
