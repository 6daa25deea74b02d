// What RFC 8489 wants of any server: what is answered and what is not, repeated attributes, reserved bits.
#include <gtest/gtest.h>

#include "overlay/base/wire.h"
#include "tests/unit/turn/turn_client.h"

namespace relay::testing {
namespace stun_rules_test {

using enum overlay::Transport;

constexpr std::string_view kClient = "192.0.2.10:40000";
constexpr std::string_view kPeer = "8.8.8.8:5000";
constexpr StunType kBindingRequest{StunMethod::kBinding, StunClass::kRequest};
constexpr StunType kSendIndication{StunMethod::kSend, StunClass::kIndication};

TEST(Binding, shows_the_mapped_address_over_every_transport) {
  for (const std::string_view address : {kClient, std::string_view("[2001:db8:1::10]:40000")}) {
    for (const auto transport : {kUdp, kTcp, kTls, kDtls}) {
      World world;
      TurnClient client(world, address);
      client.speak(transport);

      const Answer answer = client.ask_unsigned(StunMethod::kBinding);

      EXPECT_TRUE(answer.is_success());
      EXPECT_EQ(answer.address(StunAttribute::kXorMappedAddress), endpoint(address));
    }
  }
}

// It needs no credentials, so that wrong ones do no harm; and there is no key to sign with.
TEST(Binding, is_answered_whatever_its_integrity) {
  World world;
  TurnClient client(world, kClient);

  const Answer answer = client.ask_unsigned(StunMethod::kBinding, [](StunWriter& writer) {
    writer.add_text(StunAttribute::kUsername, "mallory");
    writer.add(StunAttribute::kMessageIntegrity, overlay::ByteArray<kIntegritySize>{});
  });

  EXPECT_TRUE(answer.is_success());
  EXPECT_FALSE(answer.message().integrity());
}

TEST(Silence, meets_everything_that_is_neither_request_nor_send_indication) {
  World world;
  TurnClient client(world, kClient);
  ASSERT_TRUE(client.allocate().is_success());
  using enum StunClass;
  using enum StunMethod;

  for (const StunMethod method : {kBinding, kAllocate, kRefresh, kData, kCreatePermission, kChannelBind})
    for (const StunClass message_class : {kIndication, kSuccess, kError})
      EXPECT_EQ(client.send_unsigned({method, message_class}).verdict.reason, TurnDrop::kUnexpected);
  for (const StunClass message_class : {kRequest, kSuccess, kError})
    EXPECT_EQ(client.send_unsigned({kSend, message_class}).verdict.action, TurnAction::kDrop);
  for (const StunMethod method : {StunMethod{0x002}, StunMethod{0x005}, kData, StunMethod{0xfff}})
    EXPECT_EQ(client.send_unsigned({method, kRequest}).verdict.reason, TurnDrop::kUnexpected);
}

TEST(Silence, meets_clients_of_rfc_3489_whose_messages_have_no_cookie) {
  World world;
  TurnClient client(world, kClient);
  overlay::ByteArray<kStunHeaderSize> request{0x00, 0x01, 0x00, 0x00, 0x01, 0x02, 0x03, 0x04};

  EXPECT_EQ(client.send(request).verdict.reason, TurnDrop::kMalformed);
  overlay::store_be(request.data() + 4, kMagicCookie);
  EXPECT_EQ(client.send(request).verdict.action, TurnAction::kReplyToClient);
}

// RFC 8489 section 6.3.2; what may be skipped does no harm (section 14).
TEST(Indications, with_an_unknown_attribute_are_dropped_unless_it_is_optional) {
  World world;
  TurnClient client(world, kClient);
  ASSERT_TRUE(client.allocate().is_success());
  ASSERT_TRUE(client.permit(kPeer).is_success());
  const auto send_with = [&](std::uint16_t unknown) {
    return client.send_unsigned(kSendIndication, [&](StunWriter& writer) {
      writer.add_u32(static_cast<StunAttribute>(unknown), 1);
      add_peer(writer, kPeer);
      writer.add_text(StunAttribute::kData, "x");
    });
  };

  EXPECT_EQ(send_with(0x7fff).verdict.action, TurnAction::kDrop);
  EXPECT_EQ(send_with(0x8fff).verdict.action, TurnAction::kToPeer);
}

TEST(Attributes, of_one_type_count_once_and_the_first_of_them) {
  World world;
  TurnClient client(world, kClient);
  const Answer allocated = client.allocate([](StunWriter& writer) {
    add_family(writer, 2);
    add_family(writer, 1);
    writer.add_u32(StunAttribute::kLifetime, 1000);
    writer.add_u32(StunAttribute::kLifetime, 2000);
    writer.add_u32(StunAttribute::kRequestedTransport, 99u << 24);
  });
  ASSERT_TRUE(allocated.is_success());

  EXPECT_EQ(allocated.message().find_u32(StunAttribute::kLifetime), 1000u);
  EXPECT_TRUE(client.relayed().address.is_v6());
}

TEST(UnknownAttributes, are_listed_in_full) {
  World world;
  TurnClient client(world, kClient);

  const Answer answer = client.ask(StunMethod::kRefresh, [](StunWriter& writer) {
    for (const int type : {0x0010, 0x8010, 0x0021, 0x7fff})
      writer.add_u32(static_cast<StunAttribute>(type), 0);
  });

  EXPECT_EQ(answer.error(), 420);
  EXPECT_EQ(answer.text(StunAttribute::kUnknownAttributes), std::string("\x00\x10\x00\x21\x7f\xff", 6));
}

// RFC 8656 sections 18.1, 18.6 to 18.8.
TEST(ReservedBits, are_ignored) {
  World world;
  TurnClient client(world, kClient);

  const Answer allocated = client.ask(StunMethod::kAllocate, [](StunWriter& writer) {
    writer.add_u32(StunAttribute::kRequestedTransport, 17u << 24 | 0x00ffffff);
    writer.add_u32(StunAttribute::kRequestedAddressFamily, 1u << 24 | 0x00ffffff);
    writer.add(StunAttribute::kEvenPort, overlay::ByteArray<1>{0x7f});
  });
  const Answer bound = client.ask(StunMethod::kChannelBind, [](StunWriter& writer) {
    writer.add_u32(StunAttribute::kChannelNumber, 0x4000ffff);
    add_peer(writer, kPeer);
  });

  ASSERT_TRUE(allocated.is_success());
  EXPECT_FALSE(allocated.message().has(StunAttribute::kReservationToken));
  EXPECT_TRUE(bound.is_success());
  EXPECT_EQ(client.send_channel(0x4000, "x").verdict.action, TurnAction::kToPeer);
}

TEST(Padding, of_attributes_may_be_any_bytes) {
  World world;
  TurnClient client(world, kClient);
  overlay::ByteArray<128> storage;
  StunWriter writer(storage, kBindingRequest, TransactionId{});
  writer.add_text(StunAttribute::kUsername, "alice");
  writer.add_u32(static_cast<StunAttribute>(0x8fff), 1);
  overlay::ByteVector request(writer.written().begin(), writer.written().end());
  std::fill_n(request.begin() + kStunHeaderSize + 4 + 5, 3, std::uint8_t{0xff});

  EXPECT_TRUE(client.answer_to(request).is_success());
}

TEST(Repetition, of_requests_changes_nothing_and_is_answered_alike) {
  World world;
  TurnClient client(world, kClient);
  ASSERT_TRUE(client.allocate().is_success());
  const auto peer = [](StunWriter& writer) { add_peer(writer, kPeer); };
  const auto channel = [](StunWriter& writer) { add_channel(writer, 0x4000), add_peer(writer, kPeer); };

  for (const auto& request :
       {client.sign(StunMethod::kRefresh), client.sign(StunMethod::kCreatePermission, peer),
        client.sign(StunMethod::kChannelBind, channel)}) {
    const Answer first = client.answer_to(request);
    EXPECT_TRUE(first.is_success());
    EXPECT_EQ(client.answer_to(request).bytes(), first.bytes());
  }
}

// The client takes 437 for success then (RFC 8656 section 8.3).
TEST(Repetition, of_the_refresh_that_ends_an_allocation_finds_none) {
  World world;
  TurnClient client(world, kClient);
  ASSERT_TRUE(client.allocate().is_success());
  const auto request = client.sign(StunMethod::kRefresh,
                                   [](StunWriter& writer) { writer.add_u32(StunAttribute::kLifetime, 0); });

  EXPECT_TRUE(client.answer_to(request).is_success());
  EXPECT_EQ(client.answer_to(request).error(), 437);
}

}  // namespace stun_rules_test
}  // namespace relay::testing
