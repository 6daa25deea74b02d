// The files that a configuration names: their paths, their permissions and their contents.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "relay/config/config_load.h"
#include "tests/unit/config/edge_config.h"

namespace relay {
namespace config_files_test {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

[[nodiscard]] std::string with_secrets_file() {
  std::string text(kEdgeYaml);
  return text.replace(text.find("rest_secrets: a-long-secret"), 27, "rest_secrets_file: secrets");
}

// A folder with the files that an edge names, removed at the end.
class NodeFolder {
 public:
  NodeFolder()
      : path_(std::filesystem::temp_directory_path() / ("causeway_config_" + std::to_string(getpid()))) {
    std::filesystem::create_directory(path_);
    write("edge.yaml", kEdgeYaml, 0644);
    write("node.key", "key", 0600);
    write("node.cert", "certificate", 0644);
    write("ca.pub", "ca", 0644);
  }
  ~NodeFolder() { std::filesystem::remove_all(path_); }
  NodeFolder(const NodeFolder&) = delete;
  NodeFolder& operator=(const NodeFolder&) = delete;

  void write(const char* name, std::string_view text, unsigned mode) const {
    std::ofstream(path_ / name) << text;
    std::filesystem::permissions(path_ / name, static_cast<std::filesystem::perms>(mode));
  }
  [[nodiscard]] std::string file(const char* name) const { return (path_ / name).string(); }
  [[nodiscard]] ConfigResult load() const {
    auto config = load_config_file(file("edge.yaml"), Purpose::kUse);
    return config ? read_referenced_files(*std::move(config), file("edge.yaml")) : config;
  }

 private:
  std::filesystem::path path_;
};

TEST(ConfigFiles, are_relative_to_the_folder_of_the_configuration) {
  const NodeFolder folder;

  const auto config = folder.load();

  ASSERT_TRUE(config.has_value()) << config.error().front().to_string();
  EXPECT_EQ(config->node.identity.path, folder.file("node.key"));
}

TEST(ConfigFiles, that_are_missing_are_reported_together) {
  const NodeFolder folder;
  std::filesystem::remove(folder.file("node.key"));
  std::filesystem::remove(folder.file("ca.pub"));

  const auto config = folder.load();

  ASSERT_FALSE(config.has_value());
  ASSERT_THAT(config.error(), SizeIs(2));
  EXPECT_EQ(config.error()[0].line, 3);
  EXPECT_THAT(config.error()[0].to_string(), HasSubstr("No such file"));
  EXPECT_EQ(config.error()[1].key, "node.cluster_ca");
}

TEST(ConfigFiles, with_secrets_must_be_private) {
  const NodeFolder folder;
  folder.write("node.key", "key", 0644);

  const auto config = folder.load();

  ASSERT_FALSE(config.has_value());
  EXPECT_THAT(config.error().front().to_string(), HasSubstr("run chmod 6"));
}

TEST(ConfigFiles, with_secrets_may_be_read_by_the_group_only_if_root_owns_them) {
  const NodeFolder folder;
  folder.write("node.key", "key", 0640);
  const bool is_roots = ::getuid() == 0;  // the user of the test owns the file

  EXPECT_EQ(folder.load().has_value(), is_roots);
}

TEST(ConfigFiles, do_not_go_into_use_with_the_secret_of_the_examples) {
  const NodeFolder folder;
  std::string text(kEdgeYaml);
  folder.write("edge.yaml", text.replace(text.find("a-long-secret"), 13, "change-me-before-use"), 0644);

  const auto config = folder.load();

  ASSERT_FALSE(config.has_value());
  ASSERT_THAT(config.error(), SizeIs(1));
  EXPECT_THAT(config.error().front().to_string(),
              AllOf(HasSubstr("edge.yaml:13: turn.rest_secrets[0]: is the secret of the examples"),
                    HasSubstr("openssl rand")));
}

TEST(ConfigFiles, do_not_hide_the_secret_of_the_examples) {
  const NodeFolder folder;
  folder.write("edge.yaml", with_secrets_file(), 0644);
  folder.write("secrets", "a-long-secret\nchange-me-before-use\n", 0600);

  const auto config = folder.load();

  ASSERT_FALSE(config.has_value());
  EXPECT_THAT(config.error().front().to_string(),
              AllOf(HasSubstr("edge.yaml:13: turn.rest_secrets_file: "),
                    HasSubstr("secrets:2 is the secret of the examples")));
}

TEST(ConfigFiles, may_have_the_secret_of_the_examples_to_be_shown) {
  EXPECT_TRUE(load_config("turn: {listen: 192.0.2.1:3478, rest_secrets: change-me-before-use}", "edge.yaml")
                  .has_value());
}

TEST(ConfigFiles, include_the_admin_socket_in_the_folder_of_the_configuration) {
  const NodeFolder folder;
  folder.write("edge.yaml", std::string(kEdgeYaml) + "admin: {socket: admin.sock}\n", 0644);

  const auto config = folder.load();

  ASSERT_TRUE(config.has_value()) << config.error().front().to_string();
  EXPECT_EQ(config->admin.socket, folder.file("admin.sock"));
}

TEST(ConfigFiles, hold_one_secret_a_line) {
  const NodeFolder folder;
  folder.write("edge.yaml", with_secrets_file(), 0644);
  folder.write("secrets", "# newest first\nnew-secret\n\n  old-secret \n", 0600);

  const auto config = folder.load();

  ASSERT_TRUE(config.has_value()) << config.error().front().to_string();
  ASSERT_THAT(config->turn->rest_secrets, SizeIs(2));
  EXPECT_EQ(config->turn->rest_secrets[1].reveal(), "old-secret");
  EXPECT_TRUE(config->turn->rest_secrets_file.empty());
}

TEST(ConfigFiles, report_a_configuration_that_is_not_there) {
  const auto config = load_config_file("/nowhere/edge.yaml");

  ASSERT_FALSE(config.has_value());
  EXPECT_THAT(config.error().front().to_string(),
              HasSubstr("/nowhere/edge.yaml: cannot be read: No such file"));
}

TEST(ConfigFiles, report_a_folder_in_place_of_a_configuration) {
  const auto config = load_config_file("/");

  ASSERT_FALSE(config.has_value());
  EXPECT_THAT(config.error().front().to_string(), HasSubstr("/: cannot be read: Is a directory"));
}

}  // namespace config_files_test
}  // namespace relay
