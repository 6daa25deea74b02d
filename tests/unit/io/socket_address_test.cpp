#include "overlay/io/socket_address.h"

#include <gtest/gtest.h>

namespace overlay {
namespace socket_address_test {

TEST(SocketAddress, keeps_an_endpoint_of_either_family) {
  for (const char* const text : {"192.0.2.7:3478", "[2001:db8::7]:65535"}) {
    const Endpoint endpoint = Endpoint::parse(text).value();
    SocketAddress address;

    const socklen_t length = to_socket_address(endpoint, address);

    EXPECT_GT(length, 0u);
    EXPECT_EQ(to_endpoint(address), endpoint) << text;
  }
}

TEST(SocketAddress, has_no_form_for_an_endpoint_without_an_address) {
  SocketAddress address;

  EXPECT_EQ(to_socket_address(Endpoint{}, address), 0u);
}

}  // namespace socket_address_test
}  // namespace overlay
