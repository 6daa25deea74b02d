#include <gtest/gtest.h>

#include "relay/config/config_values.h"
#include "relay/config/utf8.h"

namespace relay {
namespace credential_values_test {

TEST(Utf8, counts_characters_of_one_to_four_bytes) {
  EXPECT_EQ(count_characters(""), 0u);
  EXPECT_EQ(count_characters("zoë"), 3u);
  EXPECT_EQ(count_characters("a\xC2\xA0\xE2\x82\xAC\xF0\x9F\x98\x80"), 4u);
  EXPECT_EQ(count_characters("\xF4\x8F\xBF\xBF"), 1u);
}

TEST(Utf8, is_neither_cut_nor_overlong_nor_out_of_range) {
  for (const char* const text :
       {"\x80", "\xC3", "\xC3z", "\xE2\x82", "\xE2\x82z", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF",
        "\xF0\x80\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xFF"})
    EXPECT_EQ(count_characters(text), std::nullopt) << testing::PrintToString(text);
}

TEST(Utf8, has_no_control_characters_here) {
  for (const std::string_view text :
       {std::string_view("\0", 1), std::string_view("\t"), std::string_view("\x7F"),
        std::string_view("\xC2\x80"), std::string_view("\xC2\x9F")})
    EXPECT_EQ(count_characters(text), std::nullopt) << testing::PrintToString(text);
}

std::string times(std::size_t count, std::string_view text) {
  std::string all;
  while (count-- > 0)
    all += text;
  return all;
}

TEST(Credential, of_a_realm_is_counted_in_characters_and_of_a_user_in_bytes) {
  EXPECT_TRUE(parse_realm(times(127, "ë")));
  EXPECT_FALSE(parse_realm(times(128, "x")));
  EXPECT_FALSE(parse_realm(""));
  EXPECT_TRUE(parse_user_name(times(256, "ë")));
  EXPECT_FALSE(parse_user_name(times(257, "ë")));
  EXPECT_FALSE(parse_user_name(""));
}

TEST(Credential, that_signs_for_all_users_is_longer_than_a_password_must_be) {
  EXPECT_TRUE(parse_password("x"));
  EXPECT_FALSE(parse_secret("1234567"));
  EXPECT_TRUE(parse_secret(times(1024, "x")));
  EXPECT_FALSE(parse_secret(times(1025, "x")));
}

}  // namespace credential_values_test
}  // namespace relay
