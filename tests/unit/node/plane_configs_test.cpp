// The configurations of data planes and TURN servers that follow from a node's.
#include "relay/node/plane_configs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace plane_configs_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::UnorderedElementsAre;

overlay::Endpoint endpoint(std::string_view text) {
  return overlay::Endpoint::parse(text).value();
}

NodeConfig edge() {
  NodeConfig config;
  config.turn.emplace();
  config.turn->listen = {endpoint("9.9.9.6:3478")};
  config.turn->relay_addresses = {endpoint("9.9.9.7:0").address};
  return config;
}

TEST(AddressMappings, are_empty_without_public_addresses) {
  EXPECT_THAT(address_mappings(*edge().turn), IsEmpty());
}

TEST(AddressMappings, show_the_public_address_of_the_same_family) {
  NodeConfig config = edge();
  config.turn->relay_addresses = {endpoint("[2001:db8::1]:0").address, endpoint("10.1.1.1:0").address};
  config.turn->public_addresses = {endpoint("192.0.2.9:0").address};

  EXPECT_THAT(address_mappings(*config.turn),
              ElementsAre(AddressMapping{.local = endpoint("10.1.1.1:0").address,
                                         .shown = endpoint("192.0.2.9:0").address}));
}

TEST(ControlEndpoints, are_where_the_node_is_watched_and_linked) {
  NodeConfig config = edge();
  config.metrics.listen = endpoint("9.9.9.7:9100");
  config.overlay.emplace().listen = {endpoint("9.9.9.7:7000")};

  EXPECT_THAT(control_endpoints(config),
              UnorderedElementsAre(endpoint("9.9.9.7:9100"), endpoint("9.9.9.7:7000")));
}

TEST(ControlEndpoints, of_all_addresses_are_at_each_that_is_known) {
  NodeConfig config = edge();
  config.metrics.listen = endpoint("0.0.0.0:9100");

  EXPECT_THAT(control_endpoints(config), IsSupersetOf({endpoint("9.9.9.6:9100"), endpoint("9.9.9.7:9100")}));
}

// Only a restart moves them, but a reload may give the node another address.
TEST(ControlEndpoints, of_all_addresses_are_at_those_of_a_reload_too) {
  NodeConfig config = edge();
  config.metrics.listen = endpoint("0.0.0.0:9100");
  TurnSection reloaded = *config.turn;
  reloaded.relay_addresses = {endpoint("9.9.9.8:0").address};

  EXPECT_THAT(control_endpoints(config, reloaded),
              IsSupersetOf({endpoint("9.9.9.6:9100"), endpoint("9.9.9.8:9100")}));
}

TEST(ControlEndpoints, are_reserved_in_each_turn_server) {
  NodeConfig config = edge();
  config.metrics.listen = endpoint("9.9.9.7:9100");
  config.turn->nonce_keys = {Secret(std::string(32, 'k'))};

  const auto servers = turn_server_configs(*config.turn, 2, control_endpoints(config));

  ASSERT_EQ(servers.size(), 2u);
  for (const TurnServerConfig& server : servers)
    EXPECT_TRUE(server.peer_policy.is_control(endpoint("9.9.9.7:9100")));
}

TEST(ControlEndpoints, close_their_addresses_unless_these_are_also_for_clients) {
  NodeConfig config = edge();
  config.overlay.emplace().listen = {endpoint("9.9.9.7:7000"), endpoint("9.9.9.8:7000")};
  config.overlay->advertise = {endpoint("9.9.9.9:7000")};
  config.metrics.listen = endpoint("0.0.0.0:9100");
  config.turn->nonce_keys = {Secret(std::string(32, 'k'))};

  const auto servers = turn_server_configs(*config.turn, 1, control_endpoints(config));

  const PeerPolicy& policy = servers.front().peer_policy;
  EXPECT_FALSE(policy.allows(endpoint("9.9.9.8:0").address));
  EXPECT_FALSE(policy.allows(endpoint("9.9.9.9:0").address));
  EXPECT_TRUE(policy.allows(endpoint("9.9.9.7:0").address)) << "other allocations are there";
  EXPECT_TRUE(policy.allows(endpoint("9.9.9.6:0").address));
}

TEST(TurnLimits, handshakes_are_limited_by_default) {
  NodeConfig config;
  config.turn.emplace();
  EXPECT_EQ(stream_policy(config).handshakes_per_second, 500u);

  config.turn->limits.handshakes_per_second = 20;

  EXPECT_EQ(stream_policy(config).handshakes_per_second, 20u);
}

TEST(TurnLimits, challenges_are_limited_by_default) {
  const auto servers = turn_server_configs(*edge().turn, 1, {});

  EXPECT_EQ(servers[0].limits.challenges.per_second, 1000u);
}

TEST(TurnServerConfigs, have_the_software_of_the_configuration) {
  TurnSection turn = *edge().turn;
  turn.nonce_keys = {Secret(std::string(32, 'k'))};
  turn.software = "Causeway";

  EXPECT_EQ(turn_server_configs(turn, 2, {}).back().software, "Causeway");
}

}  // namespace plane_configs_test
}  // namespace relay
