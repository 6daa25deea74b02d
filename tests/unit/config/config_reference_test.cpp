#include "relay/config/config_reference.h"

#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/config/node_settings.h"
#include "relay/config/settings_reference.h"

namespace relay {
namespace config_reference_test {

using ::testing::EndsWith;
using ::testing::HasSubstr;

std::vector<KeyReference> all_keys() {
  SettingsReference reference;
  reference.add<NodeConfig>();
  return reference.keys();
}

TEST(ConfigReference, is_the_page_in_conf) {
  std::ifstream file(std::string(CAUSEWAY_CONF_FOLDER) + "/REFERENCE.md");
  std::ostringstream page;
  page << file.rdbuf();

  EXPECT_TRUE(page.str() == config_reference_page())
      << "conf/REFERENCE.md is not the reference of this version; build causewayd and run\n"
         "  causewayd --help-config=markdown > conf/REFERENCE.md";
}

TEST(ConfigReference, explains_every_key_once_in_whole_sentences) {
  std::set<std::string> seen;
  for (const KeyReference& key : all_keys()) {
    EXPECT_TRUE(seen.insert(key.key).second) << key.key;
    EXPECT_THAT(std::string(key.meaning), EndsWith(".")) << key.key;
    EXPECT_FALSE(!key.is_section() && key.default_text.empty()) << key.key;
  }
  EXPECT_GT(seen.size(), 80u);
}

TEST(ConfigReference, fits_a_terminal) {
  std::istringstream text(config_reference_text());
  for (std::string line; std::getline(text, line);)
    EXPECT_LE(line.size(), 82u) << line;
}

TEST(ConfigReference, tells_values_default_and_when_a_change_takes_effect) {
  const std::string text = config_reference_text();

  EXPECT_THAT(
      text, HasSubstr("turn.limits.channels\n  Channel bindings of one allocation.\n  Values: whole number, "
                      "1 to 4096.\n  Default: 256. Takes effect: reload.\n"));
  EXPECT_THAT(text, HasSubstr("overlay.seeds[].endpoint\n"));
  EXPECT_THAT(config_reference_page(),
              HasSubstr("| `cores` | whole number, 1 to 256, or auto | 1 | restart | Number of data planes"));
}

}  // namespace config_reference_test
}  // namespace relay
