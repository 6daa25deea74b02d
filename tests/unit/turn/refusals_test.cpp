// Every error response of RFC 8656, in a table for each section: request, client, error code.
#include <gtest/gtest.h>

#include "overlay/base/wire.h"
#include "tests/unit/turn/turn_client.h"

namespace relay::testing {
namespace refusals_test {

constexpr std::string_view kClient = "192.0.2.10:40000";
constexpr std::string_view kPeer = "8.8.8.8:5000";
constexpr auto kUnknownRequired = static_cast<StunAttribute>(0x7abc);
constexpr auto kUnknownOptional = static_cast<StunAttribute>(0xfabc);

struct Refusal {
  std::string name;
  int error;
  StunMethod method;
  TurnClient::Attributes attributes;
  bool has_allocation = true;
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.name;
}

std::string name_of(const ::testing::TestParamInfo<Refusal>& info) {
  return info.param.name;
}

class TurnRefusal : public ::testing::TestWithParam<Refusal> {};

TEST_P(TurnRefusal, is_answered_with_its_error_and_signed) {
  const Refusal& refusal = GetParam();
  World world;
  TurnClient client(world, kClient);
  if (refusal.has_allocation) {
    ASSERT_TRUE(client.allocate().is_success());
    ASSERT_TRUE(client.bind(0x4001, "8.8.8.8:1").is_success());
  }
  const std::size_t before = world.server.allocation_count();
  const std::size_t ports = world.io.open().size();

  const Answer answer = client.ask(refusal.method, refusal.attributes);

  EXPECT_EQ(answer.error(), refusal.error) << answer.text(StunAttribute::kErrorCode);
  EXPECT_EQ(answer.message().type(), (StunType{refusal.method, StunClass::kError}));
  ASSERT_TRUE(answer.message().integrity());
  EXPECT_TRUE(
      integrity_matches(client.key(), answer.message().before_integrity(), *answer.message().integrity()));
  EXPECT_EQ(world.server.allocation_count(), before);
  EXPECT_EQ(world.io.open().size(), ports);
}

void add_byte(StunWriter& writer, StunAttribute attribute, std::uint8_t value) {
  writer.add(attribute, overlay::ByteArray<1>{value});
}

void add_additional(StunWriter& writer, std::uint8_t family) {
  writer.add_u32(StunAttribute::kAdditionalAddressFamily, std::uint32_t{family} << 24);
}

INSTANTIATE_TEST_SUITE_P(
    AllocateSection7_2, TurnRefusal,
    ::testing::Values(
        Refusal{"without_transport", 400, StunMethod::kAllocate, {}, false},
        Refusal{"with_a_short_transport", 400, StunMethod::kAllocate,
                [](StunWriter& w) { add_byte(w, StunAttribute::kRequestedTransport, 17); }, false},
        Refusal{"over_tcp", 442, StunMethod::kAllocate,
                [](StunWriter& w) { w.add_u32(StunAttribute::kRequestedTransport, 6u << 24); }, false},
        Refusal{"of_an_unknown_family", 440, StunMethod::kAllocate,
                [](StunWriter& w) { add_udp(w), add_family(w, 3); }, false},
        Refusal{"of_a_short_family", 400, StunMethod::kAllocate,
                [](StunWriter& w) { add_udp(w), add_byte(w, StunAttribute::kRequestedAddressFamily, 1); },
                false},
        Refusal{"of_one_family_and_both", 400, StunMethod::kAllocate,
                [](StunWriter& w) { add_udp(w), add_family(w, 1), add_additional(w, 2); }, false},
        Refusal{"of_additional_ipv4", 400, StunMethod::kAllocate,
                [](StunWriter& w) { add_udp(w), add_additional(w, 1); }, false},
        Refusal{"of_an_unknown_additional_family", 400, StunMethod::kAllocate,
                [](StunWriter& w) { add_udp(w), add_additional(w, 3); }, false},
        Refusal{"of_a_short_additional_family", 400, StunMethod::kAllocate,
                [](StunWriter& w) { add_udp(w), add_byte(w, StunAttribute::kAdditionalAddressFamily, 2); },
                false},
        Refusal{"of_both_families_with_a_reservation", 400, StunMethod::kAllocate,
                [](StunWriter& w) {
                  add_udp(w), add_additional(w, 2), add_byte(w, StunAttribute::kEvenPort, 0x80);
                },
                false},
        Refusal{"with_a_long_even_port", 400, StunMethod::kAllocate,
                [](StunWriter& w) { add_udp(w), w.add_u32(StunAttribute::kEvenPort, 0); }, false},
        Refusal{"with_a_short_token", 400, StunMethod::kAllocate,
                [](StunWriter& w) { add_udp(w), w.add_u32(StunAttribute::kReservationToken, 1); }, false},
        Refusal{"with_token_and_both_families", 400, StunMethod::kAllocate,
                [](StunWriter& w) {
                  add_udp(w), add_additional(w, 2);
                  w.add_text(StunAttribute::kReservationToken, "12345678");
                },
                false},
        Refusal{"with_token_and_even_port", 400, StunMethod::kAllocate,
                [](StunWriter& w) {
                  add_udp(w), add_byte(w, StunAttribute::kEvenPort, 0);
                  w.add_text(StunAttribute::kReservationToken, "12345678");
                },
                false},
        Refusal{"with_token_and_family", 400, StunMethod::kAllocate,
                [](StunWriter& w) {
                  add_udp(w), add_family(w, 1);
                  w.add_text(StunAttribute::kReservationToken, "12345678");
                },
                false},
        Refusal{"with_a_made_up_token", 508, StunMethod::kAllocate,
                [](StunWriter& w) { add_udp(w), w.add_text(StunAttribute::kReservationToken, "12345678"); },
                false},
        Refusal{"with_unknown_attributes", 420, StunMethod::kAllocate,
                [](StunWriter& w) { add_udp(w), w.add_u32(kUnknownRequired, 1); }, false},
        Refusal{"with_a_short_lifetime_attribute", 400, StunMethod::kAllocate,
                [](StunWriter& w) { add_udp(w), add_byte(w, StunAttribute::kLifetime, 0); }, false},
        Refusal{"again_on_the_same_five_tuple", 437, StunMethod::kAllocate, add_udp}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    WithoutAllocationSection5, TurnRefusal,
    ::testing::Values(Refusal{"refresh", 437, StunMethod::kRefresh, {}, false},
                      Refusal{"create_permission", 437, StunMethod::kCreatePermission,
                              [](StunWriter& w) { add_peer(w, kPeer); }, false},
                      Refusal{"channel_bind", 437, StunMethod::kChannelBind,
                              [](StunWriter& w) { add_channel(w, 0x4000), add_peer(w, kPeer); }, false}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    RefreshSection8_2, TurnRefusal,
    ::testing::Values(
        Refusal{"of_the_other_family", 443, StunMethod::kRefresh, [](StunWriter& w) { add_family(w, 2); }},
        Refusal{"of_an_unknown_family", 443, StunMethod::kRefresh, [](StunWriter& w) { add_family(w, 3); }},
        Refusal{"of_a_short_family", 400, StunMethod::kRefresh,
                [](StunWriter& w) { add_byte(w, StunAttribute::kRequestedAddressFamily, 1); }},
        Refusal{"to_the_end_of_the_other_family", 443, StunMethod::kRefresh,
                [](StunWriter& w) { add_family(w, 2), w.add_u32(StunAttribute::kLifetime, 0); }},
        Refusal{"with_unknown_attributes", 420, StunMethod::kRefresh,
                [](StunWriter& w) { w.add_u32(kUnknownRequired, 1); }},
        Refusal{"with_a_short_lifetime_attribute", 400, StunMethod::kRefresh,
                [](StunWriter& w) { add_byte(w, StunAttribute::kLifetime, 0); }}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    CreatePermissionSection10_2, TurnRefusal,
    ::testing::Values(Refusal{"without_a_peer", 400, StunMethod::kCreatePermission, {}},
                      Refusal{"for_a_malformed_peer", 400, StunMethod::kCreatePermission,
                              [](StunWriter& w) { w.add_u32(StunAttribute::kXorPeerAddress, 1); }},
                      Refusal{"for_one_good_and_one_malformed_peer", 400, StunMethod::kCreatePermission,
                              [](StunWriter& w) {
                                add_peer(w, kPeer), w.add_u32(StunAttribute::kXorPeerAddress, 1);
                              }},
                      Refusal{"with_unknown_attributes", 420, StunMethod::kCreatePermission,
                              [](StunWriter& w) { add_peer(w, kPeer), w.add_u32(kUnknownRequired, 1); }},
                      Refusal{"for_the_other_family", 443, StunMethod::kCreatePermission,
                              [](StunWriter& w) { add_peer(w, "[2a00::1]:1"); }},
                      Refusal{"for_a_private_peer", 403, StunMethod::kCreatePermission,
                              [](StunWriter& w) { add_peer(w, "10.0.0.1:1"); }},
                      Refusal{"for_one_good_and_one_private_peer", 403, StunMethod::kCreatePermission,
                              [](StunWriter& w) { add_peer(w, kPeer), add_peer(w, "169.254.169.254:80"); }}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    ChannelBindSection12_2, TurnRefusal,
    ::testing::Values(
        Refusal{"without_a_peer", 400, StunMethod::kChannelBind,
                [](StunWriter& w) { add_channel(w, 0x4000); }},
        Refusal{"without_a_number", 400, StunMethod::kChannelBind, [](StunWriter& w) { add_peer(w, kPeer); }},
        Refusal{"with_a_short_number", 400, StunMethod::kChannelBind,
                [](StunWriter& w) { add_byte(w, StunAttribute::kChannelNumber, 0x40), add_peer(w, kPeer); }},
        Refusal{"to_a_malformed_peer", 400, StunMethod::kChannelBind,
                [](StunWriter& w) { add_channel(w, 0x4000), w.add_u32(StunAttribute::kXorPeerAddress, 1); }},
        Refusal{"to_no_port", 400, StunMethod::kChannelBind,
                [](StunWriter& w) { add_channel(w, 0x4000), add_peer(w, "8.8.8.8:0"); }},
        Refusal{"with_unknown_attributes", 420, StunMethod::kChannelBind,
                [](StunWriter& w) {
                  add_channel(w, 0x4000), add_peer(w, kPeer), w.add_u32(kUnknownRequired, 1);
                }},
        Refusal{"below_the_range", 400, StunMethod::kChannelBind,
                [](StunWriter& w) { add_channel(w, 0x3fff), add_peer(w, kPeer); }},
        Refusal{"above_the_range", 400, StunMethod::kChannelBind,
                [](StunWriter& w) { add_channel(w, 0x8000), add_peer(w, kPeer); }},
        Refusal{"to_a_private_peer", 403, StunMethod::kChannelBind,
                [](StunWriter& w) { add_channel(w, 0x4000), add_peer(w, "127.0.0.1:1"); }},
        Refusal{"to_the_other_family", 443, StunMethod::kChannelBind,
                [](StunWriter& w) { add_channel(w, 0x4000), add_peer(w, "[2a00::1]:1"); }},
        Refusal{"of_a_taken_number", 400, StunMethod::kChannelBind,
                [](StunWriter& w) { add_channel(w, 0x4001), add_peer(w, kPeer); }},
        Refusal{"of_a_bound_peer", 400, StunMethod::kChannelBind,
                [](StunWriter& w) { add_channel(w, 0x4002), add_peer(w, "8.8.8.8:1"); }}),
    name_of);

TEST(ChannelRange, ends_where_the_configuration_says) {
  for (const bool strict : {false, true}) {
    TurnServerConfig config = sample_config();
    config.strict_channel_range = strict;
    World world(config);
    TurnClient client(world, kClient);
    ASSERT_TRUE(client.allocate().is_success());

    EXPECT_TRUE(client.bind(0x4fff, "8.8.8.8:1").is_success());
    EXPECT_EQ(client.bind(0x5000, "8.8.8.8:2").error(), strict ? 400 : 0);
  }
}

TEST(UnknownAttributes, are_listed_and_optional_ones_pass) {
  World world;
  TurnClient client(world, kClient);

  const Answer refused = client.allocate([](StunWriter& writer) {
    writer.add_u32(kUnknownRequired, 1);
    writer.add_u32(kUnknownOptional, 1);
  });
  const Answer granted = client.allocate([](StunWriter& writer) { writer.add_u32(kUnknownOptional, 1); });

  EXPECT_EQ(refused.text(StunAttribute::kUnknownAttributes), "\x7a\xbc");
  EXPECT_TRUE(granted.is_success());
}

TEST(UnknownAttributes, refuse_a_binding_request_too) {
  World world;
  TurnClient client(world, kClient);

  const Answer answer = client.ask_unsigned(StunMethod::kBinding,
                                            [](StunWriter& writer) { writer.add_u32(kUnknownRequired, 1); });

  EXPECT_EQ(answer.error(), 420);
  EXPECT_EQ(answer.text(StunAttribute::kUnknownAttributes), "\x7a\xbc");
}

TEST(Quota, of_a_user_ends_in_486_and_of_the_server_in_508) {
  TurnServerConfig config = sample_config();
  config.max_allocations = 3;
  config.limits.allocations_per_user = 2;
  World world(config);
  const auto allocate = [&](int port, const std::string& user) {
    return TurnClient(world, "192.0.2.10:" + std::to_string(port), user).allocate().error();
  };

  EXPECT_EQ(allocate(1, "alice"), 0);
  EXPECT_EQ(allocate(2, "alice"), 0);
  EXPECT_EQ(allocate(3, "alice"), 486);
  EXPECT_EQ(allocate(4, "bob"), 0);
  EXPECT_EQ(allocate(5, "bob"), 508);
  EXPECT_EQ(world.io.open().size(), 3u);
}

TEST(Quota, is_given_back_when_an_allocation_ends) {
  TurnServerConfig config = sample_config();
  config.limits.allocations_per_user = 1;
  World world(config);
  TurnClient first(world, kClient);
  TurnClient second(world, "192.0.2.10:40001");
  ASSERT_TRUE(first.allocate().is_success());
  ASSERT_EQ(second.allocate().error(), 486);

  ASSERT_TRUE(first.refresh(0).is_success());

  EXPECT_TRUE(second.allocate().is_success());
}

TEST(Quota, of_ports_ends_in_508) {
  TurnServerConfig config = sample_config();
  config.relay_port_min = 50000;
  config.relay_port_max = 50000;
  World world(config);
  TurnClient first(world, kClient);
  TurnClient second(world, "192.0.2.10:40001");

  EXPECT_TRUE(first.allocate().is_success());
  EXPECT_EQ(second.allocate().error(), 508);
}

}  // namespace refusals_test
}  // namespace relay::testing
