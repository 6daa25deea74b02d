// SOFTWARE in answers (RFC 8489 section 14.14).
#include <gtest/gtest.h>

#include "tests/unit/turn/tcp_client.h"

namespace relay::testing {
namespace software_test {

TurnServerConfig named(TurnServerConfig config = sample_config()) {
  config.software = "Causeway";
  return config;
}

TEST(Software, is_in_no_answer_unless_it_has_a_text) {
  World world;
  TurnClient client(world, kClient);

  EXPECT_FALSE(client.ask_unsigned(StunMethod::kBinding).message().has(StunAttribute::kSoftware));
  EXPECT_FALSE(client.ask_unsigned(StunMethod::kAllocate).message().has(StunAttribute::kSoftware));
  EXPECT_FALSE(client.allocate().message().has(StunAttribute::kSoftware));
}

TEST(Software, is_in_every_answer) {
  World world(named());
  TurnClient client(world, kClient);
  constexpr auto kTextOf = [](const Answer& answer) { return answer.text(StunAttribute::kSoftware); };

  EXPECT_EQ(kTextOf(client.ask_unsigned(StunMethod::kBinding)), "Causeway");
  EXPECT_EQ(kTextOf(client.ask_unsigned(StunMethod::kAllocate)), "Causeway");  // 401
  EXPECT_EQ(kTextOf(client.allocate()), "Causeway");
  EXPECT_EQ(kTextOf(client.allocate()), "Causeway");  // 437
  EXPECT_EQ(kTextOf(client.permit(kPeer)), "Causeway");
  EXPECT_EQ(kTextOf(client.bind(0x4000, kPeer)), "Causeway");
  EXPECT_EQ(kTextOf(client.refresh(0)), "Causeway");
}

TEST(Software, is_in_the_late_answer_to_a_connect) {
  World world(named(tcp_config()));
  TcpClient client(world);
  ASSERT_TRUE(client.allocate_tcp().is_success());
  ASSERT_EQ(client.connect(kPeer).verdict.action, TurnAction::kReplyLater);
  overlay::PacketBuffer buffer;

  world.server.on_peer_connected(world.peers.connecting.back().id, buffer, world.now);

  EXPECT_EQ(Answer(std::as_const(buffer).bytes()).text(StunAttribute::kSoftware), "Causeway");
}

TEST(Software, is_signed_with_the_rest_of_the_answer) {
  World world(named());
  TurnClient client(world, kClient);

  const Answer answer = client.allocate();

  ASSERT_TRUE(answer.is_success());
  EXPECT_TRUE(answer.message().has(StunAttribute::kSoftware));  // the reader stops at MESSAGE-INTEGRITY
  ASSERT_TRUE(answer.message().integrity());
  EXPECT_TRUE(
      integrity_matches(client.key(), answer.message().before_integrity(), *answer.message().integrity()));
}

TEST(Software, fits_beside_the_longest_realm) {
  TurnServerConfig config = sample_config();
  config.software.assign(64, 's');
  for (int character = 0; character < 127; ++character)
    config.realm += "\xF0\x9F\x98\x80";
  config.realm.erase(0, std::string("causeway").size());
  World world(config);

  const Answer answer = TurnClient(world, kClient).ask_unsigned(StunMethod::kAllocate);

  EXPECT_EQ(answer.error(), 401);
  EXPECT_EQ(answer.text(StunAttribute::kSoftware), config.software);
  EXPECT_EQ(answer.text(StunAttribute::kRealm), config.realm);
  EXPECT_TRUE(answer.message().has(StunAttribute::kNonce));
}

TEST(Software, changes_with_the_configuration) {
  World world;
  TurnClient client(world, kClient);
  ASSERT_TRUE(client.allocate().is_success());

  world.server.reconfigure(named(), kUnixStart);

  EXPECT_EQ(client.refresh(600).text(StunAttribute::kSoftware), "Causeway");
}

}  // namespace software_test
}  // namespace relay::testing
