// Properties that hold for every valid configuration.
#include "tests/unit/config/random_config.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/config/config_changes.h"
#include "relay/config/config_load.h"
#include "relay/config/node_settings.h"
#include "relay/config/settings_reference.h"

namespace relay {
namespace random_config_test {

using ::testing::IsEmpty;

constexpr std::uint64_t kSeeds = 200;

TEST(RandomConfigs, are_equal_after_they_were_printed_and_loaded) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const auto [yaml, config] = random_config(seed);

    const auto again = load_config(print_config(config, SecretPrinting::kShow), "/etc/causeway/node.yaml");

    ASSERT_TRUE(again.has_value()) << yaml << "\n" << again.error().front().to_string();
    EXPECT_EQ(*again, config) << yaml;
  }
}

TEST(RandomConfigs, differ_in_named_keys_only_if_they_are_not_equal) {
  NodeConfig previous = random_config(0).config;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const NodeConfig config = random_config(seed).config;

    EXPECT_THAT(changed_keys(config, config), IsEmpty());
    EXPECT_EQ(changed_keys(previous, config).empty(), previous == config);
    previous = config;
  }
}

TEST(RandomConfigs, have_every_key_sometimes) {
  std::set<std::string> missing;
  SettingsReference reference;
  reference.add<NodeConfig>();
  for (const KeyReference& key : reference.keys())
    if (!key.is_section()) missing.insert(key.key.substr(key.key.rfind('.') + 1) + ": ");
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const std::string yaml = random_config(seed).yaml;
    std::erase_if(missing, [&](const std::string& key) { return yaml.find(key) != std::string::npos; });
  }

  EXPECT_THAT(missing, IsEmpty());
}

}  // namespace random_config_test
}  // namespace relay
