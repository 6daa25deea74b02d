#include "tools/probe/turn_uri.h"

#include <gtest/gtest.h>

namespace probe {
namespace turn_uri_test {

TEST(TurnUri, means_both_transports_unless_it_names_one) {
  const auto plain = parse_turn_uri("turn:turn.example.org").value();
  EXPECT_EQ(plain.host, "turn.example.org");
  EXPECT_EQ(plain.port, 3478);
  EXPECT_EQ(plain.transports, (std::vector{Transport::kUdp, Transport::kTcp}));

  const auto secure = parse_turn_uri("turns:turn.example.org:443").value();
  EXPECT_EQ(secure.port, 443);
  EXPECT_EQ(secure.transports, (std::vector{Transport::kDtls, Transport::kTls}));

  EXPECT_EQ(parse_turn_uri("turn:h?transport=tcp").value().transports, (std::vector{Transport::kTcp}));
  EXPECT_EQ(parse_turn_uri("turns:h?transport=tcp").value().transports, (std::vector{Transport::kTls}));
  EXPECT_EQ(parse_turn_uri("turns:h:1?transport=udp").value().transports, (std::vector{Transport::kDtls}));
}

TEST(TurnUri, takes_ipv6_addresses_in_brackets) {
  const auto with_port = parse_turn_uri("turn:[2001:db8::1]:3479").value();
  EXPECT_EQ(with_port.host, "2001:db8::1");
  EXPECT_EQ(with_port.port, 3479);

  const auto without = parse_turn_uri("turns:[2001:db8::1]").value();
  EXPECT_EQ(without.host, "2001:db8::1");
  EXPECT_EQ(without.port, 5349);
}

TEST(TurnUri, refuses_what_is_none_and_says_how_one_looks) {
  for (const auto* text :
       {"", "turn:", "stun:h", "turn.example.org", "turn:h:", "turn:h:0", "turn:h:65536", "turn:h:12x",
        "turn:h?transport=sctp", "turn:[2001:db8::1", "turn:[::1]x", "turn://h:3478"}) {
    const auto uri = parse_turn_uri(text);
    ASSERT_FALSE(uri) << text;
    EXPECT_NE(uri.error().message.find("turn:HOST"), std::string::npos) << text;
  }
}

}  // namespace turn_uri_test
}  // namespace probe
