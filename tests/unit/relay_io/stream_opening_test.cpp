#include "relay/io/stream_opening.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace stream_opening_test {

using overlay::Bytes;
using overlay::ByteVector;
using Protocol = StreamOpening::Protocol;
using ::testing::ElementsAreArray;

const ByteVector kStun{0x00, 0x03, 0x00, 0x00};
const ByteVector kTlsRecord{0x16, 0x03, 0x01};
const StreamEnds kEnds{.client = *overlay::Endpoint::parse("192.0.2.7:5000"),
                       .server = *overlay::Endpoint::parse("203.0.113.1:443")};

TEST(StreamOpening, a_port_without_proxy_and_backend_knows_the_protocol_by_the_first_byte) {
  StreamOpening opening(StreamProtocols{.plain = true});

  EXPECT_EQ(opening.feed(kStun), Protocol::kPlain);
  EXPECT_THAT(opening.unread(), ElementsAreArray(kStun));
  EXPECT_EQ(opening.proxied(), std::nullopt);
}

TEST(StreamOpening, a_port_for_tls_only_refuses_plain_messages) {
  StreamOpening opening(StreamProtocols{.plain = false});

  EXPECT_EQ(opening.feed(kStun), Protocol::kRefused);
}

TEST(StreamOpening, reads_a_proxy_header_that_arrives_byte_by_byte_and_leaves_what_follows) {
  StreamOpening opening(StreamProtocols{.plain = true, .expects_proxy = true});
  const ByteVector header = encode_proxy_header(kEnds);

  for (const std::uint8_t& byte : header)
    ASSERT_EQ(opening.feed(Bytes(&byte, 1)), Protocol::kUndecided);

  EXPECT_EQ(opening.proxied(), kEnds);
  EXPECT_EQ(opening.feed(kStun), Protocol::kPlain);
  EXPECT_THAT(opening.unread(), ElementsAreArray(kStun));
}

TEST(StreamOpening, refuses_a_proxys_connection_without_a_header) {
  StreamOpening opening(StreamProtocols{.plain = true, .expects_proxy = true});

  EXPECT_EQ(opening.feed(ByteVector(16, 0x00)), Protocol::kRefused);
}

TEST(StreamOpening, waits_for_a_whole_client_hello_where_an_https_server_shares_the_port) {
  StreamOpening opening(StreamProtocols{.plain = true, .has_backend = true});

  EXPECT_EQ(opening.feed(kTlsRecord), Protocol::kUndecided);
  EXPECT_EQ(opening.feed(ByteVector(4, 0xff)), Protocol::kRefused);
}

}  // namespace stream_opening_test
}  // namespace relay
