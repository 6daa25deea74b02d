#include "relay/io/stream_framer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "overlay/base/wire.h"
#include "relay/stun/stun_message.h"

namespace relay {
namespace stream_framer_test {

using overlay::Bytes;
using overlay::ByteVector;
using testing::ElementsAre;
using testing::IsEmpty;

ByteVector stun(std::size_t length, std::uint8_t fill = 0) {
  ByteVector message(kStunHeaderSize + length, fill);
  overlay::store_be(message.data(), encode_type({StunMethod::kBinding, StunClass::kRequest}));
  overlay::store_be(message.data() + 2, static_cast<std::uint16_t>(length));
  overlay::store_be(message.data() + 4, kMagicCookie);
  return message;
}

// As on the wire: padded.
ByteVector channel_data(std::size_t length) {
  ByteVector message((4 + length + 3) / 4 * 4, 0x55);
  overlay::store_be(message.data(), std::uint16_t{0x4001});
  overlay::store_be(message.data() + 2, static_cast<std::uint16_t>(length));
  return message;
}

ByteVector operator+(ByteVector left, const ByteVector& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

// The sizes of all messages, when the stream arrives in pieces of `piece` bytes.
std::vector<std::size_t> sizes(StreamFramer& framer, Bytes stream, std::size_t piece) {
  std::vector<std::size_t> found;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    framer.feed(stream.subspan(at, std::min(piece, stream.size() - at)));
    while (const auto message = framer.next())
      found.push_back(message->size());
  }
  return found;
}

TEST(StreamFramer, cuts_messages_however_the_stream_arrives) {
  const ByteVector stream = stun(8) + channel_data(5) + channel_data(0) + stun(0) + channel_data(1200);

  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    StreamFramer framer;

    EXPECT_THAT(sizes(framer, stream, piece), ElementsAre(28, 9, 4, 20, 1204)) << "in pieces of " << piece;
    EXPECT_FALSE(framer.is_broken());
  }
}

TEST(StreamFramer, hands_out_the_very_bytes) {
  const ByteVector first = stun(12, 0xaa);
  const ByteVector second = stun(4, 0xbb);
  const ByteVector stream = first + second;
  StreamFramer framer;

  framer.feed(Bytes(stream).first(30));
  EXPECT_FALSE(framer.next());
  framer.feed(Bytes(stream).subspan(30));

  const auto message = framer.next();
  ASSERT_TRUE(message);
  EXPECT_EQ(ByteVector(message->begin(), message->end()), first);
  const auto next = framer.next();
  ASSERT_TRUE(next);
  EXPECT_EQ(ByteVector(next->begin(), next->end()), second);
}

TEST(StreamFramer, skips_what_no_buffer_holds_and_goes_on) {
  const ByteVector stream = stun(4) + channel_data(65535) + stun(0) + stun(65532) + channel_data(7);

  for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, stream.size()}) {
    StreamFramer framer;

    EXPECT_THAT(sizes(framer, stream, piece), ElementsAre(24, 20, 11)) << "in pieces of " << piece;
    EXPECT_EQ(framer.skipped(), 2u);
  }
}

TEST(StreamFramer, takes_the_longest_message_that_a_buffer_holds) {
  StreamFramer framer;
  const std::size_t longest = StreamFramer::kMaxMessage - 4;

  EXPECT_THAT(sizes(framer, stun(0) + channel_data(longest) + channel_data(longest + 1), 512),
              ElementsAre(20, StreamFramer::kMaxMessage));
  EXPECT_EQ(framer.skipped(), 1u);
}

struct Garbage {
  const char* what;
  ByteVector bytes;
};

class StreamFramerGarbage : public testing::TestWithParam<Garbage> {};

TEST_P(StreamFramerGarbage, breaks_the_stream_for_good) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{64}}) {
    StreamFramer framer;

    EXPECT_THAT(sizes(framer, GetParam().bytes + stun(0), piece), IsEmpty());
    EXPECT_TRUE(framer.is_broken());
  }
}

ByteVector text(std::string_view characters) {
  return {characters.begin(), characters.end()};
}

ByteVector without_cookie() {
  ByteVector message = stun(0);
  message[5] ^= 1;
  return message;
}

ByteVector of_odd_length() {
  ByteVector message = stun(4);
  message[3] = 3;
  return message;
}

INSTANTIATE_TEST_SUITE_P(All, StreamFramerGarbage,
                         testing::Values(Garbage{"first bits 10", {0x80, 0, 0, 0}},
                                         Garbage{"first bits 11", {0xff, 0, 0, 0}},
                                         Garbage{"TLS where none is", {0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc}},
                                         Garbage{"HTTP", text("GET / HTTP/1.1\r\n\r\n")},
                                         Garbage{"ChannelData before anything", channel_data(8)},
                                         Garbage{"no magic cookie", without_cookie()},
                                         Garbage{"STUN length that is no multiple of four", of_odd_length()}),
                         [](const auto& each) { return "case_" + std::to_string(each.index); });

}  // namespace stream_framer_test
}  // namespace relay
