#include "relay/config/public_addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/config/config_load.h"

namespace relay {
namespace public_addresses_test {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;

overlay::IpAddress address(std::string_view text) {
  return overlay::IpAddress::parse(text).value();
}

ConfigResult turn_with(const std::string& keys) {
  return load_config("turn:\n  listen: 10.1.1.1:3478\n  rest_secrets: a-long-secret\n" + keys, "edge.yaml");
}

TEST(PublicAddresses, are_not_those_of_private_and_local_networks) {
  for (const char* const text : {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
                                 "127.0.0.1", "169.254.1.1", "::1", "fd00::1", "fe80::1"})
    EXPECT_TRUE(is_private(address(text))) << text;
  for (const char* const text : {"9.255.255.255", "11.0.0.1", "172.15.255.255", "172.32.0.1", "100.128.0.1",
                                 "192.0.2.1", "2001:db8::1", "2a00::1"})
    EXPECT_FALSE(is_private(address(text))) << text;
}

TEST(PublicAddresses, are_asked_for_when_the_relay_address_is_private) {
  const auto config = turn_with("  relay_addresses: 10.1.1.1\n");

  ASSERT_FALSE(config.has_value());
  const ConfigError& error = config.error().front();
  EXPECT_EQ(error.line, 4);
  EXPECT_EQ(error.key, "turn.relay_addresses");
  EXPECT_THAT(error.what, HasSubstr("10.1.1.1 is private"));
  EXPECT_THAT(error.remedy, HasSubstr("turn.public_addresses"));
  EXPECT_THAT(error.remedy, HasSubstr("turn.allow_private_relay_addresses: true"));
}

TEST(PublicAddresses, are_asked_for_at_the_listeners_when_these_are_private) {
  const auto config = load_config(
      "turn:\n  rest_secrets: a-long-secret\n  listeners: [{address: \"10.1.1.1:3478\", transports: udp}]\n",
      "edge.yaml");

  ASSERT_FALSE(config.has_value());
  EXPECT_EQ(config.error().front().key, "turn.listeners");
  EXPECT_EQ(config.error().front().line, 3);
}

TEST(PublicAddresses, may_be_private_when_the_operator_says_so) {
  const auto config = turn_with("  allow_private_relay_addresses: true\n");

  ASSERT_TRUE(config.has_value()) << config.error().front().to_string();
  EXPECT_THAT(shown_addresses(*config->turn), ElementsAre(address("10.1.1.1")));
}

TEST(PublicAddresses, stand_for_the_relay_address_of_their_family) {
  const auto config =
      turn_with("  relay_addresses: [\"2001:db8::1\", 10.1.1.1]\n  public_addresses: [192.0.2.9]\n");

  ASSERT_TRUE(config.has_value()) << config.error().front().to_string();
  EXPECT_THAT(shown_addresses(*config->turn), ElementsAre(address("2001:db8::1"), address("192.0.2.9")));
}

TEST(PublicAddresses, are_refused_when_they_cannot_be_meant) {
  struct Case {
    const char* keys;
    const char* key;
    const char* what;
  };
  for (const auto& [keys, key, what] :
       {Case{"  public_addresses: [\"2001:db8::1\"]\n", "turn.public_addresses",
             "has a family without an address"},
        Case{"  public_addresses: [192.0.2.1, 192.0.2.2]\n", "turn.public_addresses", "second of its family"},
        Case{"  public_addresses: [10.9.9.9]\n", "turn.public_addresses", "10.9.9.9 is private"},
        Case{"  public_addresses: [auto, 192.0.2.1]\n  stun_servers: [\"192.0.2.7:3478\"]\n",
             "turn.public_addresses", "at once"},
        Case{"  public_addresses: auto\n", "turn.stun_servers", "is missing"},
        Case{"  public_addresses: here\n", "turn.public_addresses[0]", "not an IP address"},
        Case{"  allow_private_relay_addresses: perhaps\n", "turn.allow_private_relay_addresses",
             "neither true"}}) {
    const auto config = turn_with(keys);

    ASSERT_FALSE(config.has_value()) << keys;
    EXPECT_THAT(config.error(),
                Contains(AllOf(Field(&ConfigError::key, key), Field(&ConfigError::what, HasSubstr(what)))))
        << keys;
  }
}

TEST(PublicAddresses, are_looked_for_behind_all_listeners_and_not_only_listen) {
  const auto config = load_config(
      "turn:\n"
      "  listeners:\n"
      "    - {address: \"10.1.1.1:3478\", transports: [udp]}\n"
      "    - {address: \"[fd00::1]:3478\", transports: [udp]}\n"
      "  public_addresses: auto\n"
      "  stun_servers: [\"192.0.2.7:3478\", \"[2001:db8::7]:3478\"]\n"
      "  rest_secrets: a-long-secret\n",
      "edge.yaml");

  ASSERT_TRUE(config.has_value()) << config.error().front().to_string();
  EXPECT_THAT(config->turn->relay_addresses, ElementsAre(address("10.1.1.1"), address("fd00::1")));
}

TEST(PublicAddresses, that_are_detected_survive_printing) {
  const auto config = turn_with("  public_addresses: auto\n  stun_servers: [\"192.0.2.7:3478\"]\n");
  ASSERT_TRUE(config.has_value()) << config.error().front().to_string();

  const auto again = load_config(print_config(*config, SecretPrinting::kShow), "edge.yaml");

  ASSERT_TRUE(again.has_value()) << again.error().front().to_string();
  EXPECT_EQ(*again, *config);
  EXPECT_TRUE(again->turn->detects_public_addresses);
}

}  // namespace public_addresses_test
}  // namespace relay
