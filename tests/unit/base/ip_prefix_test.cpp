#include "overlay/base/ip_prefix.h"

#include <gtest/gtest.h>

namespace overlay {
namespace ip_prefix_test {

TEST(IpPrefix, contains_the_addresses_that_share_its_leading_bits) {
  const auto block = IpPrefix::parse("10.64.0.0/10");

  ASSERT_TRUE(block.has_value());
  EXPECT_TRUE(block->contains(*IpAddress::parse("10.127.255.255")));
  EXPECT_FALSE(block->contains(*IpAddress::parse("10.128.0.0")));
  EXPECT_FALSE(block->contains(*IpAddress::parse("::ffff:10.64.0.1")));
}

TEST(IpPrefix, around_an_address_has_its_leading_bits_alone) {
  const auto v4 = IpAddress::parse("192.0.2.255").value();
  const auto v6 = IpAddress::parse("2001:db8:1:2fff::1").value();

  EXPECT_EQ(IpPrefix::around(v4, 24).to_string(), "192.0.2.0/24");
  EXPECT_EQ(IpPrefix::around(v4, 25).to_string(), "192.0.2.128/25");
  EXPECT_EQ(IpPrefix::around(v4, 56).to_string(), "192.0.2.255/32");
  EXPECT_EQ(IpPrefix::around(v4, 0).to_string(), "0.0.0.0/0");
  EXPECT_EQ(IpPrefix::around(v6, 48).to_string(), "2001:db8:1::/48");
  EXPECT_EQ(IpPrefix::around(v6, 54).to_string(), "2001:db8:1:2c00::/54");
  EXPECT_EQ(IpPrefix::around({}, 48), IpPrefix{});
}

TEST(IpPrefix, without_a_length_is_one_address) {
  const auto block = IpPrefix::parse("2001:db8::1");

  ASSERT_TRUE(block.has_value());
  EXPECT_EQ(block->to_string(), "2001:db8::1/128");
}

TEST(IpPrefix, of_length_zero_contains_its_whole_family) {
  const auto everything = IpPrefix::parse("0.0.0.0/0");

  ASSERT_TRUE(everything.has_value());
  EXPECT_TRUE(everything->contains(*IpAddress::parse("203.0.113.9")));
}

TEST(IpPrefix, refuses_what_is_no_block) {
  for (const char* text : {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.1/8", "2001:db8::/129", "10.0.0.0/-1",
                           "10.0.0/8", "2001:db8::1/64"}) {
    EXPECT_FALSE(IpPrefix::parse(text).has_value()) << text;
  }
}

}  // namespace ip_prefix_test
}  // namespace overlay
