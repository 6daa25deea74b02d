// Reports to clients when the network cannot deliver to a peer (RFC 8656 sections 11.5 and 18.13).
#include <gtest/gtest.h>

#include "overlay/base/wire.h"
#include "tests/unit/turn/turn_client.h"

namespace relay::testing {
namespace icmp_test {

constexpr std::string_view kPeerV4 = "8.8.8.8:5000";
constexpr std::string_view kPeerV6 = "[2a00::8]:5000";

struct Icmp : ::testing::Test {
  [[nodiscard]] Outcome arrives(std::string_view peer, std::uint8_t type, std::uint8_t code,
                                std::uint32_t mtu = 0) {
    overlay::PacketBuffer buffer;
    const overlay::IcmpError error{
        .local = client.relayed(), .remote = endpoint(peer), .type = type, .code = code, .mtu = mtu};
    const TurnVerdict verdict = world.server.on_peer_unreachable(error, buffer, world.now);
    const overlay::Bytes bytes = std::as_const(buffer).bytes();
    return {verdict, {bytes.begin(), bytes.end()}};
  }

  World world;
  TurnClient client{world, "192.0.2.10:40000"};
};

TEST_F(Icmp, error_is_told_in_a_data_indication_without_data) {
  ASSERT_TRUE(client.allocate().is_success());
  ASSERT_TRUE(client.permit(kPeerV4).is_success());

  const Outcome outcome = arrives(kPeerV4, 3, 3);

  ASSERT_EQ(outcome.verdict.action, TurnAction::kToClient);
  EXPECT_EQ(outcome.verdict.route.destination, endpoint("192.0.2.10:40000"));
  const Answer told(outcome.bytes);
  EXPECT_EQ(told.message().type(), (StunType{StunMethod::kData, StunClass::kIndication}));
  EXPECT_EQ(told.address(StunAttribute::kXorPeerAddress), endpoint(kPeerV4));
  EXPECT_FALSE(told.message().has(StunAttribute::kData));
  EXPECT_EQ(told.text(StunAttribute::kIcmp), std::string_view("\0\0\x06\x03\0\0\0\0", 8));
}

TEST_F(Icmp, error_of_a_bound_channel_is_an_indication_too) {
  ASSERT_TRUE(client.allocate().is_success());
  ASSERT_TRUE(client.bind(0x4000, kPeerV4).is_success());

  EXPECT_TRUE(Answer(arrives(kPeerV4, 11, 0).bytes).message().has(StunAttribute::kIcmp));
}

struct Type {
  std::string_view peer;
  std::uint8_t type;
  std::uint8_t code;
  bool is_told;
  std::uint32_t mtu_told;
};

// The MTU of the next hop is in the errors that say "too big", and in no other.
TEST_F(Icmp, types_are_told_or_not_as_section_11_5_has_it) {
  for (const auto& [peer, type, code, is_told, mtu_told] :
       {Type{kPeerV4, 3, 0, true, 0}, Type{kPeerV4, 3, 4, true, 1400}, Type{kPeerV4, 11, 0, true, 0},
        Type{kPeerV4, 4, 0, false, 0}, Type{kPeerV4, 5, 0, false, 0}, Type{kPeerV4, 12, 0, false, 0},
        Type{kPeerV4, 0, 0, false, 0}, Type{kPeerV6, 1, 4, true, 0}, Type{kPeerV6, 2, 0, true, 1400},
        Type{kPeerV6, 3, 0, true, 0}, Type{kPeerV6, 4, 0, false, 0}, Type{kPeerV6, 129, 0, false, 0},
        Type{kPeerV6, 11, 0, false, 0}}) {
    World fresh;
    TurnClient asking(fresh, "192.0.2.10:40000");
    const std::uint8_t family = endpoint(peer).address.is_v4() ? 1 : 2;
    ASSERT_TRUE(asking.allocate([&](StunWriter& writer) { add_family(writer, family); }).is_success());
    ASSERT_TRUE(asking.permit(peer).is_success());
    overlay::PacketBuffer buffer;

    const TurnVerdict verdict = fresh.server.on_peer_unreachable(
        {.local = asking.relayed(), .remote = endpoint(peer), .type = type, .code = code, .mtu = 1400},
        buffer, fresh.now);

    EXPECT_EQ(verdict.action == TurnAction::kToClient, is_told) << peer << " type " << int{type};
    if (!is_told) continue;
    const std::string value = Answer(std::as_const(buffer).bytes()).text(StunAttribute::kIcmp);
    EXPECT_EQ(overlay::load_be<std::uint32_t>(overlay::as_bytes(value).data() + 4), mtu_told);
  }
}

TEST_F(Icmp, error_for_a_stranger_or_for_nobody_is_not_told) {
  ASSERT_TRUE(client.allocate().is_success());

  EXPECT_EQ(arrives(kPeerV4, 3, 3).verdict.reason, TurnDrop::kNoPermission);
  ASSERT_TRUE(client.permit(kPeerV4).is_success());
  ASSERT_TRUE(client.refresh(0).is_success());
  EXPECT_EQ(arrives(kPeerV4, 3, 3).verdict.reason, TurnDrop::kNoAllocation);
}

}  // namespace icmp_test
}  // namespace relay::testing
