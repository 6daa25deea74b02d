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
