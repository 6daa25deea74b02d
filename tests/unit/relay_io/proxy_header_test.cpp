#include "relay/io/proxy_header.h"

#include <gtest/gtest.h>

namespace relay {
namespace proxy_header_test {

using overlay::Bytes;
using overlay::ByteVector;
using State = ProxyHeader::State;

// Signature, version and command, family and transport, then the length and what it counts.
ByteVector header(std::uint8_t command, std::uint8_t family, const ByteVector& rest) {
  ByteVector bytes{0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
  bytes.insert(bytes.end(), {command, family, static_cast<std::uint8_t>(rest.size() >> 8),
                             static_cast<std::uint8_t>(rest.size() & 0xff)});
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return bytes;
}

const ByteVector kV4Addresses{198, 51, 100, 7, 192, 0, 2, 1, 0x9c, 0x40, 0x0d, 0x96};

TEST(ProxyHeader, names_a_v4_client) {
  const auto found = proxy_header_at_front(header(0x21, 0x11, kV4Addresses));

  ASSERT_EQ(found.state, State::kFound);
  EXPECT_EQ(found.size, 28u);
  ASSERT_TRUE(found.ends);
  EXPECT_EQ(found.ends->client.to_string(), "198.51.100.7:40000");
}

TEST(ProxyHeader, names_a_v6_client_and_passes_over_what_follows_the_addresses) {
  ByteVector rest(36, 0);
  rest[0] = 0x20, rest[1] = 0x01, rest[2] = 0x0d, rest[3] = 0xb8, rest[15] = 9;
  rest[32] = 0x01, rest[33] = 0xbb;
  rest.insert(rest.end(), {0x01, 0x00, 0x02, 'h', '2'});

  const auto found = proxy_header_at_front(header(0x21, 0x21, rest));

  ASSERT_EQ(found.state, State::kFound);
  EXPECT_EQ(found.size, 57u);
  EXPECT_EQ(found.ends->client.to_string(), "[2001:db8::9]:443");
}

TEST(ProxyHeader, names_what_the_client_called) {
  const auto found = proxy_header_at_front(header(0x21, 0x11, kV4Addresses));

  ASSERT_TRUE(found.ends);
  EXPECT_EQ(found.ends->server.to_string(), "192.0.2.1:3478");
}

TEST(ProxyHeader, of_ours_is_that_of_the_specification) {
  const StreamEnds v4{.client = overlay::Endpoint::parse("198.51.100.7:40000").value(),
                      .server = overlay::Endpoint::parse("192.0.2.1:3478").value()};
  const StreamEnds v6{.client = overlay::Endpoint::parse("[2001:db8::9]:443").value(),
                      .server = overlay::Endpoint::parse("[2001:db8::1]:5349").value()};
  const ByteVector v6_addresses{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9,  //
                                0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,  //
                                0x01, 0xbb, 0x14, 0xe5};

  EXPECT_EQ(encode_proxy_header(v4), header(0x21, 0x11, kV4Addresses));
  EXPECT_EQ(encode_proxy_header(v6), header(0x21, 0x21, v6_addresses));
}

TEST(ProxyHeader, of_ours_says_to_others_what_it_says_to_us) {
  for (const auto& [client, server] : {std::pair("198.51.100.7:40000", "192.0.2.1:443"),
                                       std::pair("[2001:db8::9]:65535", "[2001:db8::1]:1")}) {
    const StreamEnds ends{.client = overlay::Endpoint::parse(client).value(),
                          .server = overlay::Endpoint::parse(server).value()};
    const ByteVector bytes = encode_proxy_header(ends);

    const auto found = proxy_header_at_front(bytes);

    ASSERT_EQ(found.state, State::kFound);
    EXPECT_EQ(found.size, bytes.size());
    EXPECT_EQ(found.ends, ends);
  }
}

TEST(ProxyHeader, takes_a_proxy_that_speaks_for_itself) {
  const auto found = proxy_header_at_front(header(0x20, 0x00, {}));

  EXPECT_EQ(found.state, State::kFound);
  EXPECT_EQ(found.size, 16u);
  EXPECT_FALSE(found.ends);
}

TEST(ProxyHeader, waits_for_the_whole_header) {
  const ByteVector whole = header(0x21, 0x11, kV4Addresses);

  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(proxy_header_at_front(Bytes(whole).first(size)).state, State::kNeedsMore) << size;
}

TEST(ProxyHeader, refuses_what_it_does_not_understand) {
  const ByteVector other_version = header(0x11, 0x11, kV4Addresses);
  const ByteVector other_command = header(0x22, 0x11, kV4Addresses);
  const ByteVector over_udp = header(0x21, 0x12, kV4Addresses);
  const ByteVector too_short = header(0x21, 0x11, ByteVector(11, 0));
  const ByteVector too_long = header(0x21, 0x11, ByteVector(ProxyHeader::kMaxSize, 0));
  const ByteVector no_header{0x00, 0x01};

  for (const ByteVector& bytes : {other_version, other_command, over_udp, too_short, too_long, no_header})
    EXPECT_EQ(proxy_header_at_front(bytes).state, State::kBroken);
}

}  // namespace proxy_header_test
}  // namespace relay
