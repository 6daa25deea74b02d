// The files that say who a node is, and every way in which they may not fit together.
#include "relay/node/node_credentials.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "overlay/loop/system_clock.h"
#include "tests/integration/node/test_cluster.h"

namespace relay {
namespace node_credentials_test {

using testing::HasSubstr;

class NodeCredentialsTest : public testing::Test {
 protected:
  [[nodiscard]] NodeSection section(const std::string& name) const {
    return {.is_hub = true,
            .identity = {.path = cluster_.folder().file(name + ".key")},
            .certificate = {.path = cluster_.folder().file(name + ".cert")},
            .cluster_ca = {.path = cluster_.folder().file("ca.pub")}};
  }
  [[nodiscard]] std::string refusal(const NodeSection& node, overlay::Duration later = {}) const {
    const auto loaded =
        load_credentials(node, overlay::system_wall_clock().at(overlay::system_now() + later));
    return loaded ? "" : loaded.error().message;
  }

  TestCluster cluster_;
};

TEST_F(NodeCredentialsTest, fit_together_as_enrolled) {
  (void)cluster_.add_hub("hub-aws-fra", 7);

  const auto loaded =
      load_credentials(section("hub-aws-fra"), overlay::system_wall_clock().at(overlay::system_now()));

  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->identity.node(), overlay::NodeId(7));
  EXPECT_EQ(loaded->identity.certificate().name, "hub-aws-fra");
}

TEST_F(NodeCredentialsTest, name_the_file_that_is_missing) {
  EXPECT_THAT(refusal(section("hub-aws-fra")), HasSubstr("hub-aws-fra.key cannot be read"));
}

TEST_F(NodeCredentialsTest, name_the_file_that_is_damaged) {
  (void)cluster_.add_hub("hub-aws-fra", 7);
  cluster_.folder().write("hub-aws-fra.cert", "-----BEGIN NOTHING-----");

  EXPECT_THAT(refusal(section("hub-aws-fra")), HasSubstr("hub-aws-fra.cert: "));
}

TEST_F(NodeCredentialsTest, are_refused_when_another_ca_signed_them) {
  cluster_.change_ca();
  (void)cluster_.add_hub("hub-aws-fra", 7);

  EXPECT_THAT(refusal(section("hub-aws-fra")), HasSubstr("enroll the node again"));
}

TEST_F(NodeCredentialsTest, are_refused_when_expired) {
  (void)cluster_.add_hub("hub-aws-fra", 7);

  EXPECT_THAT(refusal(section("hub-aws-fra"), std::chrono::hours(2)), HasSubstr("hub-aws-fra.cert"));
}

TEST_F(NodeCredentialsTest, are_refused_when_key_and_certificate_are_of_two_nodes) {
  (void)cluster_.add_hub("hub-aws-fra", 7);
  (void)cluster_.add_hub("hub-aws-lon", 8);
  NodeSection node = section("hub-aws-fra");
  node.identity.path = cluster_.folder().file("hub-aws-lon.key");

  EXPECT_THAT(refusal(node), HasSubstr("does not belong to"));
}

TEST_F(NodeCredentialsTest, are_refused_when_they_grant_other_roles) {
  (void)cluster_.add_hub("hub-aws-fra", 7);
  NodeSection node = section("hub-aws-fra");
  node.is_edge = true;

  EXPECT_THAT(refusal(node), HasSubstr("is for hub, but node.roles says edge and hub"));
}

}  // namespace node_credentials_test
}  // namespace relay
