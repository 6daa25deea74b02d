#include "overlay/base/endpoint.h"

#include <gtest/gtest.h>

namespace overlay {
namespace endpoint_test {

TEST(Endpoint, is_printed_as_it_was_written) {
  for (const char* text : {"192.0.2.1:3478", "[2001:db8::1]:443", "0.0.0.0:0", "[::]:65535"}) {
    const auto endpoint = Endpoint::parse(text);

    ASSERT_TRUE(endpoint.has_value()) << text;
    EXPECT_EQ(endpoint->to_string(), text);
  }
}

TEST(Endpoint, refuses_what_is_not_address_and_port) {
  for (const char* text : {"", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:-1",
                           "2001:db8::1:3478", "[192.0.2.1]:1", "host:1", "192.0.2.1:1x", "[2001:db8::1]"}) {
    EXPECT_FALSE(Endpoint::parse(text).has_value()) << text;
  }
}

TEST(IpAddress, an_ipv4_mapped_address_is_another_address) {
  const auto v4 = IpAddress::parse("127.0.0.1");
  const auto mapped = IpAddress::parse("::ffff:127.0.0.1");

  EXPECT_NE(*v4, *mapped);
  EXPECT_TRUE(mapped->is_v6());
}

}  // namespace endpoint_test
}  // namespace overlay
