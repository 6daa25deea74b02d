// NAT behaviour discovery (RFC 5780): answers from the other address, the other port, and to another port.
#include <gtest/gtest.h>

#include "overlay/base/wire.h"
#include "tests/unit/turn/turn_client.h"

namespace relay::testing {
namespace nat_discovery_test {

constexpr std::string_view kClient = "192.0.2.10:40000";

[[nodiscard]] std::vector<overlay::Endpoint> four_listeners() {
  return {endpoint("198.51.100.7:3478"), endpoint("198.51.100.7:3479"), endpoint("198.51.100.8:3478"),
          endpoint("198.51.100.8:3479")};
}

[[nodiscard]] TurnServerConfig discovering() {
  TurnServerConfig config = sample_config();
  config.discovery_places = find_discovery_places(four_listeners());
  return config;
}

[[nodiscard]] Outcome ask(TurnClient& client, const TurnClient::Attributes& attributes = {}) {
  return client.send_unsigned({StunMethod::kBinding, StunClass::kRequest}, attributes);
}

// MAPPED-ADDRESS and its like, over IPv4.
[[nodiscard]] std::string plain_address(const Outcome& outcome, StunAttribute attribute) {
  const std::string value = Answer(outcome.bytes).text(attribute);
  if (value.size() != 8) return "none";
  const auto* const octets = reinterpret_cast<const std::uint8_t*>(value.data());
  return overlay::Endpoint{overlay::IpAddress::v4({octets[4], octets[5], octets[6], octets[7]}),
                           overlay::load_be<std::uint16_t>(octets + 2)}
      .to_string();
}

TEST(DiscoveryPlaces, need_two_addresses_and_two_ports_in_all_combinations) {
  auto listeners = four_listeners();
  EXPECT_EQ(find_discovery_places(listeners).size(), 1u);

  listeners.pop_back();
  EXPECT_TRUE(find_discovery_places(listeners).empty());
  EXPECT_TRUE(find_discovery_places(std::vector{endpoint("0.0.0.0:3478"), endpoint("0.0.0.0:3479"),
                                                endpoint("198.51.100.8:3478"), endpoint("198.51.100.8:3479")})
                  .empty());
}

TEST(DiscoveryPlaces, are_found_for_each_family) {
  auto listeners = four_listeners();
  for (const char* text :
       {"[2001:db8::7]:3478", "[2001:db8::7]:3479", "[2001:db8::8]:3478", "[2001:db8::8]:3479"})
    listeners.push_back(endpoint(text));

  EXPECT_EQ(find_discovery_places(listeners).size(), 2u);
}

TEST(NatDiscovery, shows_where_an_answer_came_from_and_what_else_there_is) {
  World world(discovering());
  TurnClient client(world, kClient);

  const Outcome outcome = ask(client);

  EXPECT_EQ(outcome.verdict.route.source, endpoint("198.51.100.7:3478"));
  EXPECT_EQ(plain_address(outcome, StunAttribute::kResponseOrigin), "198.51.100.7:3478");
  EXPECT_EQ(plain_address(outcome, StunAttribute::kOtherAddress), "198.51.100.8:3479");
  EXPECT_EQ(plain_address(outcome, StunAttribute::kMappedAddress), kClient);
  EXPECT_EQ(Answer(outcome.bytes).address(StunAttribute::kXorMappedAddress), endpoint(kClient));
}

TEST(NatDiscovery, answers_from_what_is_asked_for) {
  for (const auto& [flags, source] :
       {std::pair(0u, "198.51.100.7:3478"), std::pair(2u, "198.51.100.7:3479"),
        std::pair(4u, "198.51.100.8:3478"), std::pair(6u, "198.51.100.8:3479")}) {
    World world(discovering());
    TurnClient client(world, kClient);

    const Outcome outcome =
        ask(client, [f = flags](StunWriter& writer) { writer.add_u32(StunAttribute::kChangeRequest, f); });

    EXPECT_EQ(outcome.verdict.route.source, endpoint(source));
    EXPECT_EQ(outcome.verdict.route.destination, endpoint(kClient));
    EXPECT_EQ(plain_address(outcome, StunAttribute::kResponseOrigin), source);
  }
}

TEST(NatDiscovery, answers_to_another_port_of_the_same_address_only) {
  World world(discovering());
  TurnClient client(world, kClient);

  const Outcome outcome =
      ask(client, [](StunWriter& writer) { writer.add_u32(StunAttribute::kResponsePort, 41000u << 16); });

  EXPECT_EQ(outcome.verdict.route.destination, endpoint("192.0.2.10:41000"));
}

TEST(NatDiscovery, pads_no_more_than_it_was_given) {
  World world(discovering());
  TurnClient client(world, kClient);
  const overlay::ByteVector padding(800);

  const Outcome outcome =
      ask(client, [&](StunWriter& writer) { writer.add(StunAttribute::kPadding, padding); });

  EXPECT_EQ(Answer(outcome.bytes).text(StunAttribute::kPadding).size(), 800u);
}

TEST(NatDiscovery, refuses_what_contradicts_itself) {
  World world(discovering());
  TurnClient client(world, kClient);
  const auto error = [&](const TurnClient::Attributes& attributes) {
    return Answer(ask(client, attributes).bytes).error();
  };

  EXPECT_EQ(error([](StunWriter& w) { w.add(StunAttribute::kChangeRequest, overlay::ByteArray<3>{}); }), 400);
  EXPECT_EQ(error([](StunWriter& w) { w.add_u32(StunAttribute::kResponsePort, 0); }), 400);
  EXPECT_EQ(error([](StunWriter& w) { w.add(StunAttribute::kResponsePort, overlay::ByteArray<1>{1}); }), 400);
  EXPECT_EQ(error([](StunWriter& w) {
              w.add_u32(StunAttribute::kResponsePort, 41000u << 16);
              w.add(StunAttribute::kPadding, overlay::ByteArray<4>{});
            }),
            400);
}

TEST(NatDiscovery, is_not_understood_where_it_is_off) {
  World world;
  TurnClient client(world, kClient);

  const Outcome plain = ask(client);
  const Outcome asked =
      ask(client, [](StunWriter& writer) { writer.add_u32(StunAttribute::kChangeRequest, 6); });

  EXPECT_EQ(plain.bytes.size(), 32u);
  EXPECT_EQ(Answer(asked.bytes).error(), 420);
  EXPECT_EQ(Answer(asked.bytes).text(StunAttribute::kUnknownAttributes), std::string_view("\0\3", 2));
}

TEST(NatDiscovery, is_no_attribute_of_other_requests) {
  World world(discovering());
  TurnClient client(world, kClient);

  EXPECT_EQ(client.allocate([](StunWriter& w) { w.add_u32(StunAttribute::kChangeRequest, 6); }).error(), 420);
}

TEST(NatDiscovery, gives_a_bounded_number_of_answers_each_second) {
  World world(discovering());
  TurnClient client(world, kClient);
  const auto discover = [&] {
    return Answer(ask(client, [](StunWriter& w) { w.add_u32(StunAttribute::kChangeRequest, 2); }).bytes);
  };
  std::size_t answered = 0;

  for (std::size_t i = 0; i < 2 * NatDiscovery::kMaxAnswersPerSecond; ++i)
    answered += discover().is_success() ? 1u : 0u;
  EXPECT_EQ(discover().error(), 500);
  world.advance(std::chrono::seconds(1));

  EXPECT_EQ(answered, NatDiscovery::kMaxAnswersPerSecond);
  EXPECT_TRUE(discover().is_success());
}

// ICE asks like that, and strangers may send as many as they like.
TEST(NatDiscovery, beyond_that_answers_plain_requests_as_if_it_were_off) {
  World world(discovering());
  TurnClient client(world, kClient);
  for (std::size_t i = 0; i < NatDiscovery::kMaxAnswersPerSecond; ++i)
    EXPECT_FALSE(Answer(ask(client).bytes).text(StunAttribute::kOtherAddress).empty());

  const Outcome outcome = ask(client);

  EXPECT_EQ(outcome.bytes.size(), 32u);
  EXPECT_EQ(Answer(outcome.bytes).address(StunAttribute::kXorMappedAddress), endpoint(kClient));
}

TEST(NatDiscovery, refuses_in_no_more_bytes_than_it_was_sent) {
  World world(discovering());
  TurnClient client(world, kClient);
  const auto refusal = [&](const TurnClient::Attributes& attributes) {
    const Outcome outcome = ask(client, attributes);
    EXPECT_FALSE(Answer(outcome.bytes).is_success());
    return outcome.bytes.size();
  };
  for (std::size_t i = 0; i < NatDiscovery::kMaxAnswersPerSecond; ++i)
    (void)ask(client);

  EXPECT_LE(refusal([](StunWriter& w) { w.add_u32(StunAttribute::kChangeRequest, 6); }), 28u);
  EXPECT_LE(refusal([](StunWriter& w) { w.add_u32(StunAttribute::kResponsePort, 0); }), 28u);
}

}  // namespace nat_discovery_test
}  // namespace relay::testing
