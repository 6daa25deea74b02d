// Allocate: the challenge, what is granted, and what a lost answer does.
#include <gtest/gtest.h>

#include "overlay/base/wire.h"
#include "tests/unit/turn/turn_client.h"

namespace relay::testing {
namespace allocate_test {

using namespace std::chrono_literals;

constexpr std::string_view kClient = "192.0.2.10:40000";

TEST(Allocate, is_challenged_when_it_comes_without_credentials) {
  World world;
  TurnClient client(world, kClient);

  const Answer answer = client.ask_unsigned(StunMethod::kAllocate, add_udp);

  EXPECT_EQ(answer.error(), 401);
  EXPECT_EQ(answer.text(StunAttribute::kRealm), "causeway");
  EXPECT_FALSE(answer.text(StunAttribute::kNonce).empty());
  EXPECT_FALSE(answer.message().integrity());
  EXPECT_EQ(world.server.allocation_count(), 0u);
}

TEST(Allocate, grants_a_relayed_address_and_shows_the_mapped_one) {
  World world;
  TurnClient client(world, kClient);

  const Answer answer = client.allocate();

  ASSERT_TRUE(answer.is_success());
  EXPECT_EQ(client.relayed().address, endpoint("198.51.100.7:0").address);
  EXPECT_GE(client.relayed().port, 49152);
  EXPECT_EQ(answer.address(StunAttribute::kXorMappedAddress), endpoint(kClient));
  EXPECT_EQ(answer.message().find_u32(StunAttribute::kLifetime), 600u);
  EXPECT_TRUE(world.io.open().contains(client.relayed()));
  EXPECT_TRUE(world.server.owns(client.relayed()));
  EXPECT_TRUE(integrity_matches(client.key(), answer.message().before_integrity(),
                                answer.message().integrity().value()));
}

TEST(Allocate, gives_the_family_that_is_asked_for) {
  World world;
  TurnClient client(world, kClient);

  const Answer answer = client.allocate([](StunWriter& writer) { add_family(writer, 2); });

  ASSERT_TRUE(answer.is_success());
  EXPECT_EQ(client.relayed().address, endpoint("[2001:db8::7]:0").address);
}

// Browsers never ask for a family. RFC 8656 section 7.2 would give them IPv4 always, and then a browser that
// has IPv6 only could not be reached by its like: the family of its own socket is the useful one.
TEST(Allocate, gives_the_family_of_the_clients_socket_to_one_that_asks_for_none) {
  World world;
  TurnClient client(world, "[2001:db8:1::10]:40000");

  const Answer answer = client.allocate();

  ASSERT_TRUE(answer.is_success());
  EXPECT_TRUE(client.relayed().address.is_v6());
}

TEST(Allocate, gives_ipv4_to_one_that_asks_for_none_where_the_configuration_holds_to_the_rfc) {
  TurnServerConfig config = sample_config();
  config.defaults_to_ipv4 = true;
  World world(config);
  TurnClient silent(world, "[2001:db8:1::10]:40000");
  TurnClient asking(world, "[2001:db8:1::11]:40000");

  ASSERT_TRUE(silent.allocate().is_success());
  ASSERT_TRUE(asking.allocate([](StunWriter& writer) { add_family(writer, 2); }).is_success());

  EXPECT_TRUE(silent.relayed().address.is_v4());
  EXPECT_TRUE(asking.relayed().address.is_v6());
}

TEST(Allocate, gives_ipv6_when_the_server_has_nothing_else) {
  TurnServerConfig config = sample_config();
  config.relay_addresses = {endpoint("[2001:db8::7]:0").address};
  World world(config);
  TurnClient client(world, kClient);

  EXPECT_TRUE(client.allocate().is_success());
  EXPECT_TRUE(client.relayed().address.is_v6());
}

TEST(Allocate, has_no_ipv4_for_one_that_asks_for_none_where_the_rfc_wants_it_and_the_server_has_none) {
  TurnServerConfig config = sample_config();
  config.relay_addresses = {endpoint("[2001:db8::7]:0").address};
  config.defaults_to_ipv4 = true;
  World world(config);
  TurnClient client(world, "[2001:db8:1::10]:40000");

  EXPECT_EQ(client.allocate().error(), 440);
  EXPECT_TRUE(client.allocate([](StunWriter& writer) { add_family(writer, 2); }).is_success());
}

TEST(Allocate, repeats_its_answer_when_the_request_is_retransmitted) {
  World world;
  TurnClient client(world, kClient);
  const auto request = client.sign(StunMethod::kAllocate, [](StunWriter& writer) {
    add_udp(writer);
    writer.add(StunAttribute::kEvenPort, overlay::ByteArray<1>{0x80});
  });

  const Answer first = client.answer_to(request);
  const Answer second = client.answer_to(request);

  ASSERT_TRUE(first.is_success());
  EXPECT_EQ(first.bytes(), second.bytes());
  EXPECT_EQ(world.server.allocation_count(), 1u);
  EXPECT_EQ(world.io.open().size(), 2u);
}

TEST(Allocate, grants_lifetimes_between_the_default_and_the_maximum) {
  struct Case {
    std::uint32_t asked;
    std::uint32_t granted;
  };
  for (const auto& [asked, granted] :
       {Case{0, 600}, Case{60, 600}, Case{1800, 1800}, Case{100'000, 3600}, Case{0xffffffff, 3600}}) {
    World world;
    TurnClient client(world, kClient);

    const Answer answer = client.allocate(
        [&, asked = asked](StunWriter& writer) { writer.add_u32(StunAttribute::kLifetime, asked); });

    EXPECT_EQ(answer.message().find_u32(StunAttribute::kLifetime), granted) << asked;
  }
}

TEST(Allocate, keeps_to_the_ports_of_its_data_plane) {
  TurnServerConfig config = sample_config();
  config.relay_port_min = 50001;
  config.relay_port_max = 50999;
  config.port_stride = 4;
  config.port_offset = 3;
  World world(config);

  for (int i = 0; i < 100; ++i) {
    TurnClient client(world, "192.0.2.10:" + std::to_string(1000 + i));
    ASSERT_TRUE(client.allocate().is_success());
    EXPECT_EQ(client.relayed().port / 2 % 4, 3);
    EXPECT_GE(client.relayed().port, 50001);
    EXPECT_LE(client.relayed().port, 50999);
  }
}

TEST(Allocate, answers_a_fingerprint_with_a_fingerprint) {
  World world;
  TurnClient client(world, kClient);

  const Answer with =
      client.ask_unsigned(StunMethod::kAllocate, [](StunWriter& writer) { writer.add_fingerprint(); });
  const Answer without = client.ask_unsigned(StunMethod::kAllocate);

  EXPECT_TRUE(with.message().has_fingerprint());
  EXPECT_FALSE(without.message().has_fingerprint());
}

TEST(EvenPort, gives_an_even_port_and_reserves_the_next) {
  World world;
  TurnClient rtp(world, kClient);
  TurnClient rtcp(world, "192.0.2.10:40001");

  const Answer first = rtp.allocate(
      [](StunWriter& writer) { writer.add(StunAttribute::kEvenPort, overlay::ByteArray<1>{0x80}); });
  const std::string token = first.text(StunAttribute::kReservationToken);
  const Answer second =
      rtcp.allocate([&](StunWriter& writer) { writer.add_text(StunAttribute::kReservationToken, token); });

  EXPECT_EQ(rtp.relayed().port % 2, 0);
  ASSERT_EQ(token.size(), 8u);
  ASSERT_TRUE(second.is_success());
  EXPECT_EQ(rtcp.relayed().port, rtp.relayed().port + 1);
}

TEST(EvenPort, reserves_nothing_without_its_bit) {
  World world;
  TurnClient client(world, kClient);

  const Answer answer = client.allocate(
      [](StunWriter& writer) { writer.add(StunAttribute::kEvenPort, overlay::ByteArray<1>{0x00}); });

  EXPECT_TRUE(answer.is_success());
  EXPECT_FALSE(answer.message().has(StunAttribute::kReservationToken));
  EXPECT_EQ(world.io.open().size(), 1u);
}

[[nodiscard]] std::string reserve_with(TurnClient& client) {
  const Answer answer = client.allocate(
      [](StunWriter& writer) { writer.add(StunAttribute::kEvenPort, overlay::ByteArray<1>{0x80}); });
  return answer.text(StunAttribute::kReservationToken);
}

[[nodiscard]] Answer claim(TurnClient& client, const std::string& token) {
  return client.allocate(
      [&](StunWriter& writer) { writer.add_text(StunAttribute::kReservationToken, token); });
}

TEST(EvenPort, names_the_data_plane_in_its_token) {
  for (std::uint16_t offset = 0; offset < 3; ++offset) {
    TurnServerConfig config = sample_config();
    config.port_stride = 3;
    config.port_offset = offset;
    World world(config);
    TurnClient client(world, kClient);

    const Answer answer = client.allocate(
        [](StunWriter& writer) { writer.add(StunAttribute::kEvenPort, overlay::ByteArray<1>{0x80}); });

    const std::string token = answer.text(StunAttribute::kReservationToken);
    ASSERT_EQ(token.size(), 8u);
    EXPECT_EQ(overlay::load_be<std::uint64_t>(overlay::as_bytes(token).data()) % 3, offset);
  }
}

TEST(EvenPort, a_reservation_ends_after_half_a_minute) {
  World world;
  TurnClient first(world, kClient);
  TurnClient late(world, "192.0.2.10:40001");
  const std::string token = reserve_with(first);

  world.advance(30s);

  EXPECT_EQ(claim(late, token).error(), 508);
  EXPECT_EQ(world.io.open().size(), 1u);
  EXPECT_TRUE(world.io.is_balanced());
}

TEST(EvenPort, a_reservation_is_claimed_once) {
  World world;
  TurnClient first(world, kClient);
  TurnClient second(world, "192.0.2.10:40001");
  TurnClient third(world, "192.0.2.10:40002");
  const std::string token = reserve_with(first);

  EXPECT_TRUE(claim(second, token).is_success());
  EXPECT_EQ(claim(third, token).error(), 508);
}

TEST(EvenPort, a_reservation_belongs_to_the_user_who_made_it) {
  World world;
  TurnClient alice(world, kClient);
  TurnClient bob(world, "192.0.2.10:40001", "bob");
  TurnClient alice_again(world, "192.0.2.10:40002");
  const std::string token = reserve_with(alice);

  EXPECT_EQ(claim(bob, token).error(), 508);
  EXPECT_TRUE(claim(alice_again, token).is_success());
}

// An allocation that is given back at once would otherwise leave as many ports behind as anyone likes.
TEST(EvenPort, reservations_of_one_user_are_bounded) {
  World world;
  TurnClient alice(world, kClient);
  TurnClient bob(world, "192.0.2.10:40001", "bob");
  for (std::size_t i = 0; i < RelayedPorts::kMaxReservationsPerUser; ++i) {
    ASSERT_FALSE(reserve_with(alice).empty());
    ASSERT_TRUE(alice.refresh(0).is_success());
  }

  EXPECT_TRUE(reserve_with(alice).empty());
  EXPECT_FALSE(reserve_with(bob).empty());
}

}  // namespace allocate_test
}  // namespace relay::testing
