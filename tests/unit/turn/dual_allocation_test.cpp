// One allocation with a relayed address of each family (RFC 8656, ADDITIONAL-ADDRESS-FAMILY).
#include <gtest/gtest.h>

#include "overlay/base/wire.h"
#include "tests/unit/turn/turn_client.h"

namespace relay::testing {
namespace dual_allocation_test {

using namespace std::chrono_literals;

constexpr std::string_view kClient = "192.0.2.10:40000";
constexpr std::string_view kPeerV4 = "8.8.8.8:5000";
constexpr std::string_view kPeerV6 = "[2a00::8]:5000";

void add_additional(StunWriter& writer) {
  writer.add_u32(StunAttribute::kAdditionalAddressFamily, 2u << 24);
}

[[nodiscard]] std::vector<overlay::Endpoint> relayed_in(const Answer& answer) {
  std::vector<overlay::Endpoint> relayed;
  const StunReader message = answer.message();
  message.for_each([&](std::uint16_t type, overlay::Bytes value) {
    if (type == static_cast<std::uint16_t>(StunAttribute::kXorRelayedAddress))
      relayed.push_back(message.decode_xor_address(value).value());
  });
  return relayed;
}

[[nodiscard]] Answer refresh(TurnClient& client, std::uint8_t family, std::uint32_t lifetime) {
  return client.ask(StunMethod::kRefresh, [&](StunWriter& writer) {
    add_family(writer, family);
    writer.add_u32(StunAttribute::kLifetime, lifetime);
  });
}

struct DualAllocation : ::testing::Test {
  void allocate() {
    const Answer answer = client.allocate(add_additional);
    ASSERT_TRUE(answer.is_success());
    relayed = relayed_in(answer);
    ASSERT_EQ(relayed.size(), 2u);
  }
  [[nodiscard]] TurnVerdict from_peer(const overlay::Endpoint& to, std::string_view peer) {
    overlay::PacketBuffer buffer;
    EXPECT_TRUE(buffer.assign(overlay::as_bytes("hello")));
    return world.server.on_peer_datagram(to, endpoint(peer), buffer, world.now);
  }

  World world;
  TurnClient client{world, kClient};
  std::vector<overlay::Endpoint> relayed;
};

TEST_F(DualAllocation, is_given_to_coturns_client_which_asks_by_the_number_of_a_draft) {
  const Answer answer = client.allocate(
      [](StunWriter& writer) { writer.add_u32(StunAttribute::kDraftAdditionalAddressFamily, 2u << 24); });

  EXPECT_EQ(relayed_in(answer).size(), 2u);
}

TEST_F(DualAllocation, has_an_address_of_each_family_and_counts_as_one) {
  allocate();

  EXPECT_TRUE(relayed[0].address.is_v4());
  EXPECT_TRUE(relayed[1].address.is_v6());
  EXPECT_TRUE(world.server.owns(relayed[0]));
  EXPECT_TRUE(world.server.owns(relayed[1]));
  EXPECT_EQ(world.io.open().size(), 2u);
  EXPECT_EQ(world.server.allocation_count(), 1u);
}

TEST_F(DualAllocation, sends_to_each_peer_from_the_address_of_its_family) {
  allocate();
  ASSERT_TRUE(client.permit(kPeerV4).is_success());
  ASSERT_TRUE(client.bind(0x4001, kPeerV6).is_success());

  EXPECT_EQ(client.send_indication(kPeerV4, "hello").verdict.route.source, relayed[0]);
  EXPECT_EQ(client.send_channel(0x4001, "hello").verdict.route.source, relayed[1]);
}

TEST_F(DualAllocation, hears_peers_of_both_families) {
  allocate();
  ASSERT_TRUE(client.permit(kPeerV4).is_success());
  ASSERT_TRUE(client.permit(kPeerV6).is_success());

  EXPECT_EQ(from_peer(relayed[0], kPeerV4).action, TurnAction::kToClient);
  EXPECT_EQ(from_peer(relayed[1], kPeerV6).action, TurnAction::kToClient);
}

TEST_F(DualAllocation, says_which_family_could_not_be_had) {
  TurnServerConfig config = sample_config();
  config.relay_addresses = {endpoint("198.51.100.7:0").address};
  World v4_only(config);
  TurnClient asking(v4_only, kClient);

  const Answer answer = asking.allocate(add_additional);

  ASSERT_TRUE(answer.is_success());
  EXPECT_EQ(relayed_in(answer).size(), 1u);
  const std::string error = answer.text(StunAttribute::kAddressErrorCode);
  EXPECT_EQ(error.substr(0, 4), std::string_view("\x02\x00\x04\x28", 4));  // IPv6: 440
}

TEST_F(DualAllocation, is_refused_when_neither_family_has_a_port) {
  TurnServerConfig config = sample_config();
  config.relay_port_min = config.relay_port_max = 50000;
  World full(config);
  TurnClient first(full, kClient);
  TurnClient second(full, "192.0.2.10:40001");
  ASSERT_TRUE(first.allocate(add_additional).is_success());

  EXPECT_EQ(second.allocate(add_additional).error(), 508);
}

TEST_F(DualAllocation, is_refused_for_want_of_room_when_the_only_family_has_no_port) {
  TurnServerConfig config = sample_config();
  config.relay_port_min = config.relay_port_max = 50000;
  config.relay_addresses = {endpoint("198.51.100.7:0").address};
  World full(config);
  TurnClient first(full, kClient);
  TurnClient second(full, "192.0.2.10:40001");
  ASSERT_TRUE(first.allocate(add_additional).is_success());

  EXPECT_EQ(second.allocate(add_additional).error(), 508);
}

TEST_F(DualAllocation, repeats_its_answer_when_the_request_is_retransmitted) {
  const auto request = client.sign(StunMethod::kAllocate, [](StunWriter& writer) {
    add_udp(writer);
    add_additional(writer);
  });

  const Answer first = client.answer_to(request);
  const Answer second = client.answer_to(request);

  ASSERT_TRUE(first.is_success());
  EXPECT_EQ(first.bytes(), second.bytes());
  EXPECT_EQ(world.io.open().size(), 2u);
}

TEST_F(DualAllocation, loses_one_family_and_keeps_the_other) {
  for (const std::uint8_t family : {std::uint8_t{1}, std::uint8_t{2}}) {
    World fresh;
    TurnClient asking(fresh, kClient);
    const auto addresses = relayed_in(asking.allocate(add_additional));
    ASSERT_TRUE(asking.permit(kPeerV4).is_success());
    ASSERT_TRUE(asking.permit(kPeerV6).is_success());

    ASSERT_TRUE(refresh(asking, family, 0).is_success());

    EXPECT_EQ(fresh.io.open(), std::set{addresses[2u - family]});
    EXPECT_EQ(fresh.server.allocation_count(), 1u);
    EXPECT_EQ(refresh(asking, family, 600).error(), 443);
    EXPECT_EQ(asking.permit(family == 1 ? kPeerV4 : kPeerV6).error(), 443);
    EXPECT_EQ(asking.send_indication(family == 1 ? kPeerV4 : kPeerV6, "x").verdict.reason,
              TurnDrop::kNoPermission);
    EXPECT_EQ(asking.send_indication(family == 1 ? kPeerV6 : kPeerV4, "x").verdict.action,
              TurnAction::kToPeer);
  }
}

TEST_F(DualAllocation, ends_with_its_last_address) {
  allocate();

  ASSERT_TRUE(refresh(client, 1, 0).is_success());
  ASSERT_TRUE(refresh(client, 2, 0).is_success());

  EXPECT_EQ(world.server.allocation_count(), 0u);
  EXPECT_TRUE(world.io.open().empty());
  EXPECT_TRUE(world.io.is_balanced());
}

TEST_F(DualAllocation, ends_whole_when_no_family_is_named) {
  allocate();

  ASSERT_TRUE(client.refresh(0).is_success());

  EXPECT_EQ(world.server.allocation_count(), 0u);
  EXPECT_TRUE(world.io.open().empty());
  EXPECT_TRUE(world.io.is_balanced());
}

TEST_F(DualAllocation, is_refreshed_a_family_at_a_time) {
  allocate();
  ASSERT_TRUE(refresh(client, 2, 1200).is_success());

  world.advance(600s);

  EXPECT_EQ(world.io.open(), std::set{relayed[1]});
  world.advance(600s);
  EXPECT_TRUE(world.io.open().empty());
  EXPECT_TRUE(world.io.is_balanced());
}

TEST_F(DualAllocation, gives_up_what_is_over_before_the_timer_comes) {
  allocate();
  ASSERT_TRUE(client.permit(kPeerV4).is_success());
  ASSERT_TRUE(refresh(client, 2, 1200).is_success());

  world.now += 600s;

  EXPECT_EQ(from_peer(relayed[0], kPeerV4).reason, TurnDrop::kNoAllocation);
  EXPECT_EQ(client.permit(kPeerV4).error(), 443);
  EXPECT_TRUE(client.permit(kPeerV6).is_success());
}

}  // namespace dual_allocation_test
}  // namespace relay::testing
