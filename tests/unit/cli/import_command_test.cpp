#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "relay/config/config_load.h"
#include "tools/cli/command.h"

namespace cli {
namespace import_command_test {

using nlohmann::json;
using ::testing::HasSubstr;

class ImportCommand : public ::testing::Test {
 public:
  ImportCommand() { std::filesystem::create_directory(folder_); }
  ~ImportCommand() override { std::filesystem::remove_all(folder_); }

 protected:
  std::string write(std::string_view text) {
    std::ofstream(folder_ / "turnserver.conf") << text;
    return folder_ / "turnserver.conf";
  }
  ExitCode run(const Arguments& words) {
    Context context{
        .out = out_, .err = err_, .default_socket = {}, .ask = {}, .pause = {}, .random = random_};
    return cli::run(words, context);
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("causeway_import_" + std::to_string(getpid()));
  overlay::SeededRandom random_{7};
  std::ostringstream out_;
  std::ostringstream err_;
};

constexpr std::string_view kGood =
    "listening-ip=192.0.2.1\nstatic-auth-secret=a-long-shared-secret\noauth\nbogus\n";

TEST_F(ImportCommand, prints_yaml_that_loads_and_lists_the_rest) {
  ASSERT_EQ(run({"import-coturn", write(kGood)}), ExitCode::kOk) << err_.str();

  EXPECT_TRUE(relay::load_config(out_.str(), "imported").has_value());
  EXPECT_THAT(err_.str(), HasSubstr("2 of 4 settings"));
  EXPECT_THAT(err_.str(), HasSubstr("3  oauth"));
  EXPECT_THAT(err_.str(), HasSubstr("4  bogus"));
  EXPECT_THAT(err_.str(), HasSubstr("turn.tcp_relay"));
}

TEST_F(ImportCommand, writes_a_file_for_its_owner_and_never_over_another) {
  const std::string out = folder_ / "node.yaml";
  ASSERT_EQ(run({"import-coturn", write(kGood), "-o", out}), ExitCode::kOk) << err_.str();

  EXPECT_EQ(std::filesystem::status(out).permissions() & std::filesystem::perms::all,
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_TRUE(relay::load_config_file(out).has_value());
  EXPECT_EQ(run({"import-coturn", write(kGood), "-o", out}), ExitCode::kFailed);
}

TEST_F(ImportCommand, tells_programs_what_became_of_each_setting) {
  ASSERT_EQ(run({"import-coturn", write(kGood), "--json"}), ExitCode::kOk) << err_.str();

  const json document = json::parse(out_.str());
  ASSERT_EQ(document["settings"].size(), 6u);
  EXPECT_EQ(document["settings"][0]["line"], 0);
  EXPECT_EQ(document["settings"][2]["outcome"], "translated");
  EXPECT_EQ(document["settings"][5], json({{"line", 4},
                                           {"setting", "bogus"},
                                           {"outcome", "unknown"},
                                           {"why", "is not a setting of coturn that this program knows"}}));
  EXPECT_TRUE(relay::load_config(document["yaml"].get<std::string>(), "imported").has_value());
}

TEST_F(ImportCommand, fails_with_what_is_missing) {
  EXPECT_EQ(run({"import-coturn", write("realm=x\nuser=alice:wonderland\n")}), ExitCode::kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("--address"));
  EXPECT_EQ(run({"import-coturn", write("user=alice:wonderland\n"), "--address", "192.0.2.1"}),
            ExitCode::kOk);
  EXPECT_EQ(run({"import-coturn", write(kGood), "--address", "nowhere"}), ExitCode::kUsage);
  EXPECT_EQ(run({"import-coturn", write(kGood), "--address", "0.0.0.0"}), ExitCode::kUsage);
  EXPECT_EQ(run({"import-coturn", folder_ / "missing.conf"}), ExitCode::kFailed);
}

}  // namespace import_command_test
}  // namespace cli
