// Security advisories of other TURN servers, each as a rule.
#include <gtest/gtest.h>

#include "overlay/base/wire.h"
#include "tests/unit/turn/turn_client.h"

namespace relay::testing {
namespace lessons_test {

constexpr std::string_view kClient = "192.0.2.10:40000";
constexpr auto kAccessToken = static_cast<StunAttribute>(0x001B);

void set_length(overlay::ByteVector& message) {
  overlay::store_be(message.data() + 2, static_cast<std::uint16_t>(message.size() - kStunHeaderSize));
}

// A header and one attribute that claims `claimed` bytes, of which `present` are there.
[[nodiscard]] overlay::ByteVector message_with(std::size_t claimed, std::size_t present) {
  overlay::ByteArray<kStunHeaderSize> header;
  const StunWriter writer(header, {StunMethod::kBinding, StunClass::kRequest}, {});
  overlay::ByteVector message(header.begin(), header.end());
  message.resize(kStunHeaderSize + 4 + present);
  overlay::store_be(message.data() + kStunHeaderSize, std::uint16_t{0x8022});
  overlay::store_be(message.data() + kStunHeaderSize + 2, static_cast<std::uint16_t>(claimed));
  set_length(message);
  return message;
}

TEST(Lengths, of_attributes_that_would_wrap_are_malformed) {
  for (const std::size_t claimed :
       std::initializer_list<std::size_t>{5, 8, 0x7fff, 0xfffc, 0xfffd, 0xfffe, 0xffff})
    EXPECT_FALSE(StunReader::parse(message_with(claimed, 4))) << claimed;
  for (const std::size_t claimed : std::initializer_list<std::size_t>{0, 1, 2, 3, 4})
    EXPECT_TRUE(StunReader::parse(message_with(claimed, claimed == 0 ? 0 : 4))) << claimed;
}

TEST(Lengths, of_messages_must_be_what_arrived) {
  overlay::ByteVector message = message_with(4, 4);
  for (const std::uint16_t length : std::initializer_list<std::uint16_t>{0, 4, 7, 9, 12, 0xfff8, 0xffff}) {
    overlay::store_be(message.data() + 2, length);
    EXPECT_FALSE(StunReader::parse(message)) << length;
  }
}

TEST(Lengths, of_channel_data_must_be_within_what_arrived) {
  World world;
  TurnClient client(world, kClient);
  ASSERT_TRUE(client.allocate().is_success());
  ASSERT_TRUE(client.bind(0x4000, "8.8.8.8:1").is_success());

  for (const std::uint16_t length : std::initializer_list<std::uint16_t>{5, 0x7fff, 0xfffd, 0xffff}) {
    overlay::ByteVector datagram(kChannelHeaderSize + 4);
    encode_channel_data({.channel = ChannelNumber(0x4000), .length = length}, datagram);
    EXPECT_EQ(client.send(datagram).verdict.reason, TurnDrop::kMalformed) << length;
  }
}

TEST(Attributes, of_more_than_a_bounded_number_are_malformed) {
  overlay::ByteArray<1024> storage;
  for (const std::size_t count : {StunReader::kMaxAttributes, StunReader::kMaxAttributes + 1}) {
    StunWriter writer(storage, {StunMethod::kBinding, StunClass::kRequest}, {});
    for (std::size_t i = 0; i < count; ++i)
      writer.add_u32(StunAttribute::kPriority, 1);

    EXPECT_EQ(StunReader::parse(writer.written()).has_value(), count <= StunReader::kMaxAttributes);
  }
}

// Between the two integrities and behind the second: somebody on the path may have put it there.
TEST(Attributes, behind_either_integrity_are_not_seen) {
  const overlay::ByteArray<20> key{1};
  overlay::ByteArray<256> storage;
  StunWriter writer(storage, {StunMethod::kRefresh, StunClass::kRequest}, {});
  writer.add_u32(StunAttribute::kPriority, 1);
  writer.add_integrity(key);
  writer.add_u32(StunAttribute::kLifetime, 0);
  writer.add_integrity_sha256(key);
  writer.add_u32(StunAttribute::kChannelNumber, 0);

  const auto message = StunReader::parse(writer.written());

  ASSERT_TRUE(message);
  EXPECT_TRUE(message->has_sha256_integrity());
  EXPECT_TRUE(message->has(StunAttribute::kPriority));
  EXPECT_FALSE(message->has(StunAttribute::kLifetime));
  EXPECT_FALSE(message->has(StunAttribute::kChannelNumber));
}

TEST(Attributes, of_third_party_authorization_are_not_understood) {
  World world;
  TurnClient client(world, kClient);

  const Answer answer =
      client.allocate([](StunWriter& writer) { writer.add(kAccessToken, overlay::ByteVector(600)); });

  EXPECT_EQ(answer.error(), 420);
}

TEST(Integrity, of_a_wrong_size_is_malformed) {
  for (const auto& [type, size] :
       {std::pair(StunAttribute::kMessageIntegrity, 16), std::pair(StunAttribute::kMessageIntegrity, 24),
        std::pair(StunAttribute::kMessageIntegritySha256, 16),
        std::pair(StunAttribute::kMessageIntegritySha256, 36)}) {
    overlay::ByteArray<256> storage;
    StunWriter writer(storage, {StunMethod::kAllocate, StunClass::kRequest}, {});
    writer.add(type, overlay::ByteVector(static_cast<std::size_t>(size)));

    EXPECT_FALSE(StunReader::parse(writer.written())) << size;
  }
}

// A client of the relay could otherwise reach every service of the same machine.
TEST(ControlAddress, is_no_peer_though_its_host_is_one) {
  TurnServerConfig config = sample_config();
  config.peer_policy.reserve(endpoint("8.8.4.4:9100"));
  World world(config);
  TurnClient client(world, kClient);
  ASSERT_TRUE(client.allocate().is_success());

  EXPECT_TRUE(client.permit("8.8.4.4:9100").is_success()) << "permissions have no port";
  EXPECT_TRUE(client.bind(0x4000, "8.8.4.4:9101").is_success());
  EXPECT_EQ(client.bind(0x4001, "8.8.4.4:9100").error(), 403);
  EXPECT_EQ(client.send_indication("8.8.4.4:9101", "x").verdict.action, TurnAction::kToPeer);
  EXPECT_EQ(client.send_indication("8.8.4.4:9100", "x").verdict.reason, TurnDrop::kNoPermission);
}

TEST(Flood, of_allocates_from_spoofed_addresses_leaves_nothing_behind) {
  World world;
  TurnClient honest(world, kClient);
  const auto request = honest.sign(StunMethod::kAllocate, add_udp);

  for (int i = 0; i < 2000; ++i) {
    TurnClient spoofed(world, "198.51.100." + std::to_string(i % 250) + ":" + std::to_string(1000 + i));
    EXPECT_EQ(spoofed.answer_to(request).error(), 438);
    EXPECT_EQ(spoofed.ask_unsigned(StunMethod::kAllocate, add_udp).error(), 401);
  }

  EXPECT_EQ(world.server.allocation_count(), 0u);
  EXPECT_TRUE(world.io.open().empty());
  EXPECT_EQ(world.server.next_timeout(), overlay::kNever);
}

// Bytes of UDP payload. Clients send at least REQUESTED-TRANSPORT in an Allocate.
TEST(Flood, is_answered_with_little_more_than_it_brings) {
  World world;
  TurnClient client(world, kClient);
  constexpr std::size_t kAllocate = kStunHeaderSize + 8;

  const Answer challenge = client.ask_unsigned(StunMethod::kAllocate, add_udp);
  const Outcome binding = client.send_unsigned({StunMethod::kBinding, StunClass::kRequest});

  EXPECT_LE(challenge.bytes().size(), 3 * kAllocate);
  EXPECT_LE(binding.bytes.size() * 10, kStunHeaderSize * 16);
}

// The shortest request that gets a challenge. A client never sends it.
TEST(Flood, of_bare_headers_is_answered_as_briefly) {
  World world;
  TurnClient client(world, kClient);
  const Answer to_a_client = client.ask_unsigned(StunMethod::kAllocate, add_udp);

  for (const StunMethod method : {StunMethod::kAllocate, StunMethod::kRefresh, StunMethod::kCreatePermission,
                                  StunMethod::kChannelBind}) {
    const Answer challenge = client.ask_unsigned(method);

    EXPECT_EQ(challenge.error(), 401);
    EXPECT_EQ(challenge.bytes().size(), to_a_client.bytes().size());
  }
}

TEST(Flood, of_requests_with_credentials_is_answered_with_less_than_it_brings) {
  World world;
  TurnClient mistaken(world, kClient, "alice", "wrong");
  const auto request = mistaken.sign(StunMethod::kAllocate, add_udp);

  const Answer refusal = mistaken.answer_to(request);

  EXPECT_EQ(refusal.error(), 401);
  EXPECT_LE(refusal.bytes().size(), request.size());
}

TEST(Flood, of_binding_requests_is_refused_in_few_bytes_too) {
  for (std::size_t unknown = 1; unknown <= 60; ++unknown) {
    World world;
    TurnClient client(world, kClient);
    constexpr std::size_t kAttribute = 4;

    const Outcome refusal =
        client.send_unsigned({StunMethod::kBinding, StunClass::kRequest}, [&](StunWriter& writer) {
          for (std::size_t i = 0; i < unknown; ++i)
            writer.add(static_cast<StunAttribute>(0x7abc), {});
        });

    EXPECT_EQ(Answer(refusal.bytes).error(), 420);
    EXPECT_LE(refusal.bytes.size() * 10, (kStunHeaderSize + unknown * kAttribute) * 16) << unknown;
  }
}

}  // namespace lessons_test
}  // namespace relay::testing
