#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "overlay/crypto/node_identity.h"
#include "relay/config/config_load.h"
#include "tools/cli/command.h"

namespace cli {
namespace cli_enroll_test {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr overlay::UnixSeconds kNow{1'795'240'000};

// A folder for the test's files, removed at the end, and a shell in front of it.
struct Enrolling : ::testing::Test {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("causeway_enroll_" + std::to_string(getpid()));
  overlay::SeededRandom random{7};
  overlay::UnixSeconds now = kNow;
  std::string out;
  std::string err;

  Enrolling() { std::filesystem::create_directory(folder); }
  ~Enrolling() override { std::filesystem::remove_all(folder); }

  ExitCode run(const Arguments& words) {
    std::ostringstream out_stream;
    std::ostringstream err_stream;
    Context context{.out = out_stream, .err = err_stream, .now = now, .random = random};
    const ExitCode code = cli::run(words, context);
    out = out_stream.str();
    err = err_stream.str();
    return code;
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (folder / name).string(); }
  [[nodiscard]] Arguments enroll(const std::string& name, const std::string& id) const {
    return {"node",   "enroll",     "--ca",   path("ca"), "--name", name,       "--id",
            id,       "--provider", "aws",    "--region", "fra",    "--role",   "hub",
            "--role", "edge",       "--days", "30",       "--out",  path(name), "--json"};
  }
};

[[nodiscard]] std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

[[nodiscard]] unsigned mode_of(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_mode & 0777 : 0;
}

TEST_F(Enrolling, makes_a_node_that_the_ca_vouches_for) {
  ASSERT_EQ(run({"ca", "init", "--dir", path("ca")}), ExitCode::kOk) << err;
  ASSERT_EQ(run(enroll("hub-aws-fra", "7")), ExitCode::kOk) << err;

  const json result = json::parse(out);
  const auto ca = overlay::parse_ca(content(path("hub-aws-fra/ca.pub")));
  const auto keys = overlay::parse_node_keys(content(path("hub-aws-fra/node.key")));
  const auto certificate = overlay::parse_certificate(content(path("hub-aws-fra/node.cert")));
  ASSERT_TRUE(ca.has_value() && keys.has_value() && certificate.has_value());
  EXPECT_TRUE(overlay::verify_certificate(*certificate, *ca, kNow).has_value());
  EXPECT_TRUE(overlay::NodeIdentity::make(*keys, *certificate).has_value());
  EXPECT_EQ(certificate->name, "hub-aws-fra");
  EXPECT_EQ(certificate->zone, "fra");
  EXPECT_TRUE(certificate->has_role(overlay::NodeRole::kHub) &&
              certificate->has_role(overlay::NodeRole::kEdge));
  EXPECT_EQ(result["not_after"], kNow.count() + 30 * 86400);
  EXPECT_EQ(result["exchange_key"], overlay::encode_base64(keys->exchange.public_key().bytes()));
}

TEST_F(Enrolling, keeps_keys_from_everyone_but_their_owner) {
  ASSERT_EQ(run({"ca", "init", "--dir", path("ca")}), ExitCode::kOk) << err;
  ASSERT_EQ(run(enroll("hub-aws-fra", "7")), ExitCode::kOk) << err;

  EXPECT_EQ(mode_of(path("ca/ca.key")), 0600u);
  EXPECT_EQ(mode_of(path("hub-aws-fra/node.key")), 0600u);
}

TEST_F(Enrolling, never_replaces_a_key) {
  ASSERT_EQ(run({"ca", "init", "--dir", path("ca")}), ExitCode::kOk) << err;
  const std::string key = content(path("ca/ca.key"));

  EXPECT_EQ(run({"ca", "init", "--dir", path("ca")}), ExitCode::kFailed);

  EXPECT_THAT(err, HasSubstr("ca.key exists already"));
  EXPECT_EQ(content(path("ca/ca.key")), key);
}

TEST_F(Enrolling, prints_a_seed_that_a_configuration_takes) {
  ASSERT_EQ(run({"ca", "init", "--dir", path("ca")}), ExitCode::kOk) << err;
  auto words = enroll("hub-aws-fra", "7");
  words.pop_back();
  ASSERT_EQ(run(words), ExitCode::kOk) << err;

  std::string seed = out.substr(out.find("  - {name"));
  seed.replace(seed.find("ADDRESS:PORT"), 12, "192.0.2.1:7000");
  const auto config = relay::load_config(
      "node: {roles: hub, identity: a, certificate: b, cluster_ca: c}\noverlay:\n  listen: 192.0.2.2:7000\n  "
      "seeds:\n" +
          seed,
      "hub.yaml");

  ASSERT_TRUE(config.has_value()) << config.error().front().to_string();
  EXPECT_EQ(config->overlay->seeds[0].name, "hub-aws-fra");
}

TEST_F(Enrolling, shows_a_certificate_and_whether_it_is_valid) {
  ASSERT_EQ(run({"ca", "init", "--dir", path("ca")}), ExitCode::kOk) << err;
  ASSERT_EQ(run(enroll("hub-aws-fra", "7")), ExitCode::kOk) << err;
  const Arguments show{"node", "show", path("hub-aws-fra/node.cert"), "--ca", path("ca/ca.pub"), "--json"};

  EXPECT_EQ(run(show), ExitCode::kOk) << err;
  EXPECT_EQ(json::parse(out)["standing"], "valid");

  now += std::chrono::hours(24 * 31);
  EXPECT_EQ(run(show), ExitCode::kFailed);
  EXPECT_EQ(json::parse(out)["standing"], "certificate has expired");
}

TEST_F(Enrolling, tells_a_certificate_of_another_cluster) {
  ASSERT_EQ(run({"ca", "init", "--dir", path("ca")}), ExitCode::kOk) << err;
  ASSERT_EQ(run({"ca", "init", "--dir", path("other")}), ExitCode::kOk) << err;
  ASSERT_EQ(run(enroll("hub-aws-fra", "7")), ExitCode::kOk) << err;

  EXPECT_EQ(run({"node", "show", path("hub-aws-fra/node.cert"), "--ca", path("other/ca.pub")}),
            ExitCode::kFailed);

  EXPECT_THAT(out, HasSubstr("certificate is not signed by this cluster's CA"));
}

TEST_F(Enrolling, says_what_is_wrong_and_what_to_do) {
  EXPECT_EQ(run(enroll("hub-aws-fra", "7")), ExitCode::kFailed);
  EXPECT_THAT(err, HasSubstr("make it with: causeway ca init"));

  ASSERT_EQ(run({"ca", "init", "--dir", path("ca")}), ExitCode::kOk) << err;
  EXPECT_EQ(run(enroll("hub-aws-fra", "65536")), ExitCode::kUsage);
  EXPECT_THAT(err, HasSubstr("1 to 65535"));
  EXPECT_EQ(run(enroll("Hub", "7")), ExitCode::kUsage);
  EXPECT_THAT(err, HasSubstr("a-z, 0-9"));
  EXPECT_FALSE(std::filesystem::exists(path("Hub")));
  EXPECT_EQ(run({"node", "show", path("ca/ca.pub")}), ExitCode::kFailed);
  EXPECT_THAT(err, HasSubstr("CAUSEWAY CERTIFICATE"));
}

}  // namespace cli_enroll_test
}  // namespace cli
