#include "relay/node/awaited_addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/node/plane_configs.h"

namespace relay {
namespace awaited_addresses_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

overlay::IpAddress address(std::string_view text) {
  return overlay::IpAddress::parse(text).value();
}

class AwaitedAddressesTest : public ::testing::Test {
 protected:
  std::set<overlay::IpAddress> host_{address("192.0.2.1")};
  AwaitedAddresses awaited_{[this](const overlay::IpAddress& one) { return host_.contains(one); }};
};

TEST_F(AwaitedAddressesTest, are_those_that_the_host_lacks) {
  awaited_.expect({address("192.0.2.1"), address("192.0.2.2"), address("2001:db8::1")});

  EXPECT_THAT(awaited_.absent(), UnorderedElementsAre(address("192.0.2.2"), address("2001:db8::1")));
}

TEST_F(AwaitedAddressesTest, are_logged_once) {
  CaptureStderr();
  awaited_.expect({address("192.0.2.2")});
  EXPECT_THAT(GetCapturedStderr(), HasSubstr("event=addresses_awaited address=192.0.2.2"));

  CaptureStderr();
  awaited_.check();
  awaited_.expect({address("192.0.2.2")});
  EXPECT_THAT(GetCapturedStderr(), IsEmpty());
}

TEST_F(AwaitedAddressesTest, are_logged_when_the_host_gets_them) {
  awaited_.expect({address("192.0.2.2"), address("192.0.2.3")});
  host_.insert(address("192.0.2.3"));

  CaptureStderr();
  awaited_.check();

  EXPECT_THAT(GetCapturedStderr(), HasSubstr("event=address_available address=192.0.2.3"));
  EXPECT_THAT(awaited_.absent(), ElementsAre(address("192.0.2.2")));
}

TEST_F(AwaitedAddressesTest, change_with_the_configuration) {
  awaited_.expect({address("192.0.2.2")});

  CaptureStderr();
  awaited_.expect({address("192.0.2.4")});

  EXPECT_THAT(GetCapturedStderr(), HasSubstr("address=192.0.2.4"));
  EXPECT_THAT(awaited_.absent(), ElementsAre(address("192.0.2.4")));
}

TEST(OwnAddresses, are_all_that_the_node_binds_to) {
  NodeConfig config;
  config.overlay.emplace().listen = {*overlay::Endpoint::parse("192.0.2.1:7000")};
  config.turn.emplace().listen = {*overlay::Endpoint::parse("192.0.2.2:3478"),
                                  *overlay::Endpoint::parse("0.0.0.0:3479")};
  config.turn->relay_addresses = {address("192.0.2.2"), address("2001:db8::3")};
  config.metrics.listen = *overlay::Endpoint::parse("127.0.0.1:9641");

  EXPECT_THAT(own_addresses(config), ElementsAre(address("192.0.2.1"), address("192.0.2.2"),
                                                 address("2001:db8::3"), address("127.0.0.1")));
}

TEST(AddressOfHost, is_one_that_can_be_bound) {
  EXPECT_TRUE(is_address_of_host(address("127.0.0.1")));
  EXPECT_FALSE(is_address_of_host(address("192.0.2.1")));
}

}  // namespace awaited_addresses_test
}  // namespace relay
