#include "relay/data_plane/listen_ports.h"

#include <vector>

#include <gtest/gtest.h>

namespace relay {
namespace listen_ports_test {

overlay::Endpoint endpoint(std::string_view text) {
  return overlay::Endpoint::parse(text).value();
}

TEST(ListenPorts, know_exactly_the_addresses_that_were_named) {
  const ListenPorts ports(std::vector{endpoint("192.0.2.1:3478"), endpoint("[2001:db8::1]:3478")});

  EXPECT_TRUE(ports.contains(endpoint("192.0.2.1:3478")));
  EXPECT_TRUE(ports.contains(endpoint("[2001:db8::1]:3478")));
  EXPECT_FALSE(ports.contains(endpoint("192.0.2.2:3478")));
  EXPECT_FALSE(ports.contains(endpoint("192.0.2.1:3479")));
}

TEST(ListenPorts, know_every_address_when_one_listens_on_all) {
  const ListenPorts ports(std::vector{endpoint("0.0.0.0:3478")});

  EXPECT_TRUE(ports.contains(endpoint("192.0.2.1:3478")));
  EXPECT_FALSE(ports.contains(endpoint("192.0.2.1:50000")));
}

}  // namespace listen_ports_test
}  // namespace relay
