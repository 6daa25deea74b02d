// The traffic that a fast path may relay without the server, and its expiry.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/turn/turn_client.h"

namespace relay::testing {
namespace shortcut_test {

using namespace std::chrono_literals;

constexpr std::string_view kPeer = "8.8.8.8:5000";
constexpr std::uint16_t kChannel = 0x4000;

// Of a client that has bound a channel, when it sends something.
std::optional<Shortcut> shortcut_of(World& world, const TurnClient::Attributes& asked = {}) {
  TurnClient client{world, "192.0.2.10:40000"};
  EXPECT_TRUE(client.allocate(asked).is_success());
  EXPECT_TRUE(client.bind(kChannel, kPeer).is_success());
  const Outcome outcome = client.send_channel(kChannel, "12345");
  EXPECT_EQ(outcome.verdict.action, TurnAction::kToPeer);
  return outcome.verdict.shortcut;
}

TEST(Shortcut, is_offered_for_channel_data_until_the_permission_ends) {
  World world;

  const auto shortcut = shortcut_of(world);

  ASSERT_TRUE(shortcut);
  EXPECT_EQ(shortcut->channel, ChannelNumber(kChannel));
  EXPECT_EQ(shortcut->until, world.now + Allocation::kPermissionLifetime);
}

TEST(Shortcut, ends_with_the_allocation_if_that_is_first) {
  World world;

  const auto shortcut =
      shortcut_of(world, [](StunWriter& writer) { writer.add_u32(StunAttribute::kLifetime, 600); });
  ASSERT_TRUE(shortcut);
  TurnClient client{world, "192.0.2.11:40000", "bob"};
  ASSERT_TRUE(client.allocate().is_success());
  world.advance(9min);
  ASSERT_TRUE(client.bind(kChannel, kPeer).is_success());

  EXPECT_EQ(client.send_channel(kChannel, "12345").verdict.shortcut->until, world.now + 1min);
}

TEST(Shortcut, ends_with_the_channel_if_that_is_first) {
  World world;
  TurnClient client{world, "192.0.2.10:40000"};
  ASSERT_TRUE(client.allocate([](StunWriter& writer) { writer.add_u32(StunAttribute::kLifetime, 3600); })
                  .is_success());
  ASSERT_TRUE(client.bind(kChannel, kPeer).is_success());
  world.advance(8min);
  ASSERT_TRUE(client.permit(kPeer).is_success());

  EXPECT_EQ(client.send_channel(kChannel, "12345").verdict.shortcut->until, world.now + 2min);
}

TEST(Shortcut, is_not_offered_for_indications) {
  World world;
  TurnClient client{world, "192.0.2.10:40000"};
  ASSERT_TRUE(client.allocate().is_success());
  ASSERT_TRUE(client.permit(kPeer).is_success());

  EXPECT_FALSE(client.send_indication(kPeer, "12345").verdict.shortcut);
}

TEST(Shortcut, is_not_offered_where_bandwidth_is_limited) {
  TurnServerConfig config = sample_config();
  config.limits.tenant_bandwidth = {.per_second = 1'000'000, .burst = 1'000'000};
  World world(config);

  EXPECT_FALSE(shortcut_of(world));
}

TEST(Shortcut, is_not_offered_where_the_allocation_may_move) {
  TurnServerConfig config = sample_config();
  config.mobility = true;
  World world(config);

  EXPECT_FALSE(
      shortcut_of(world, [](StunWriter& writer) { writer.add(StunAttribute::kMobilityTicket, {}); }));
}

TEST(Shortcut, is_not_offered_where_one_of_two_addresses_may_end) {
  World world;

  EXPECT_FALSE(shortcut_of(
      world, [](StunWriter& writer) { writer.add_u32(StunAttribute::kAdditionalAddressFamily, 2u << 24); }));
}

TEST(Shortcut, adds_its_traffic_to_the_allocation) {
  World world;
  TurnClient client{world, "192.0.2.10:40000"};
  ASSERT_TRUE(client.allocate().is_success());
  ASSERT_TRUE(client.bind(kChannel, kPeer).is_success());
  client.send_channel(kChannel, "12345");

  world.server.add_traffic(
      client.five_tuple(),
      {.packets_to_peer = 2, .bytes_to_peer = 20, .packets_to_client = 3, .bytes_to_client = 30});

  world.server.for_each_allocation([](const Allocation& allocation) {
    EXPECT_EQ(allocation.packets_to_peer, 3u);
    EXPECT_EQ(allocation.bytes_to_peer, 25u);
    EXPECT_EQ(allocation.packets_to_client, 3u);
    EXPECT_EQ(allocation.bytes_to_client, 30u);
  });
  EXPECT_EQ(world.server.allocation_count(), 1u);
}

}  // namespace shortcut_test
}  // namespace relay::testing
