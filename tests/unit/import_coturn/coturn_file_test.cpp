#include "tools/import_coturn/coturn_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cli {
namespace coturn_file_test {

using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST(CoturnFile, has_settings_with_and_without_a_value) {
  const CoturnFile file = parse_coturn_file(
      "# a comment\n\n  realm=example.org \nlt-cred-mech\r\nmin-port 5000\ncli-password=\"a b\"\n");

  ASSERT_THAT(file.settings, SizeIs(4));
  EXPECT_EQ(file.settings[0].line, 3);
  EXPECT_EQ(file.settings[0].name, "realm");
  EXPECT_EQ(file.settings[0].value, "example.org");
  EXPECT_EQ(file.settings[1].name, "lt-cred-mech");
  EXPECT_FALSE(file.settings[1].has_value);
  EXPECT_EQ(file.settings[2].value, "5000");
  EXPECT_EQ(file.settings[3].value, "a b");
}

TEST(CoturnFile, keeps_what_follows_the_first_separator) {
  const CoturnFile file =
      parse_coturn_file("static-auth-secret=a=b==\npsql-userdb = \"host=x dbname=y\"\nempty=");

  ASSERT_THAT(file.settings, SizeIs(3));
  EXPECT_EQ(file.settings[0].value, "a=b==");
  EXPECT_EQ(file.settings[1].value, "host=x dbname=y");
  EXPECT_EQ(file.settings[2].value, "");
  EXPECT_TRUE(file.settings[2].has_value);
}

// coturn removes double quotes only, and any number of separators.
TEST(CoturnFile, reads_quotes_and_separators_as_coturn_does) {
  const CoturnFile file = parse_coturn_file("realm='x'\nrealm = = \"x y\" \nrealm=\"x\nrealm=x\"\n");

  ASSERT_THAT(file.settings, SizeIs(4));
  EXPECT_EQ(file.settings[0].value, "'x'");
  EXPECT_EQ(file.settings[1].value, "x y");
  EXPECT_EQ(file.settings[2].value, "x");
  EXPECT_EQ(file.settings[3].value, "x\"");
}

TEST(CoturnFile, names_lines_that_are_no_settings) {
  const CoturnFile file = parse_coturn_file("realm=x\n--no-udp\n=5\n{json: 1}\n\xff\xfe\n");

  EXPECT_THAT(file.settings, SizeIs(1));
  EXPECT_THAT(file.malformed, ElementsAre(2, 3, 4, 5));
}

TEST(CoturnFile, switches_off_by_value) {
  for (const char* const text : {"no-udp=0", "no-udp=false", "no-udp no", "no-udp=OFF"})
    EXPECT_FALSE(parse_coturn_file(text).settings.at(0).is_on()) << text;
  for (const char* const text : {"no-udp", "no-udp=1", "no-udp=true", "no-udp="})
    EXPECT_TRUE(parse_coturn_file(text).settings.at(0).is_on()) << text;
}

}  // namespace coturn_file_test
}  // namespace cli
