#include "relay/config/config_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/config/config_load.h"

namespace relay {
namespace config_changes_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

NodeConfig config() {
  return *load_config(
      "node: {roles: [edge]}\n"
      "turn:\n"
      "  listen: [192.0.2.1:3478]\n"
      "  rest_secrets: [a-long-secret]\n",
      "node.yaml");
}

TEST(ConfigChanges, are_none_between_equal_configurations) {
  EXPECT_THAT(changed_keys(config(), config()), IsEmpty());
}

TEST(ConfigChanges, name_keys_and_no_values) {
  NodeConfig after = config();
  after.turn->rest_secrets = {Secret("another-secret")};
  after.turn->lifetime.longest = std::chrono::hours(2);
  after.log.level = overlay::Level::kDebug;

  EXPECT_THAT(changed_keys(config(), after),
              ElementsAre("turn.rest_secrets", "turn.lifetime.max", "log.level"));
}

TEST(ConfigChanges, include_keys_that_are_gone) {
  NodeConfig after = config();
  after.turn->rest_secrets_file = {"/etc/causeway/secrets", 1};

  EXPECT_THAT(changed_keys(after, config()), UnorderedElementsAre("turn.rest_secrets_file"));
}

TEST(ConfigChanges, know_which_keys_a_running_node_applies) {
  for (const char* const key :
       {"turn.listen", "turn.lifetime.max", "turn.users", "turn.tcp_relay.enabled",
        "turn.default_address_family", "turn.shared_relay_ports", "log.level", "usage_log.to"})
    EXPECT_TRUE(is_live_key(key)) << key;
  for (const char* const key : {"node.roles", "overlay.listen", "admin.socket", "cores", "turn.listening"})
    EXPECT_FALSE(is_live_key(key)) << key;
}

}  // namespace config_changes_test
}  // namespace relay
