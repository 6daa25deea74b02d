#include "tests/sim/turn_messages.h"

#include <gtest/gtest.h>

namespace sim {
namespace turn_messages_test {

TEST(TurnMessages, channel_data_is_read_as_it_was_written) {
  const auto bytes = channel_data(0x4001, overlay::as_bytes("hello"));

  const auto read = read_channel_data(bytes);

  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->channel, 0x4001);
  EXPECT_EQ(overlay::as_text(read->payload), "hello");
}

TEST(TurnMessages, a_success_response_gives_the_relayed_address) {
  // 198.51.100.7:50000, XORed with the magic cookie (RFC 8489 section 14.2).
  const overlay::ByteVector answer{0x01, 0x03, 0x00, 0x0c, 0x21, 0x12, 0xa4, 0x42, 1,    2,    3,
                                   4,    5,    6,    7,    8,    9,    10,   11,   12,   0x00, 0x16,
                                   0x00, 0x08, 0x00, 0x01, 0xe2, 0x42, 0xe7, 0x21, 0xc0, 0x45};

  const auto read = read_answer(answer);

  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->error, 0);
  EXPECT_EQ(read->id, (TransactionId{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  ASSERT_TRUE(read->relayed.has_value());
  EXPECT_EQ(read->relayed->to_string(), "198.51.100.7:50000");
}

TEST(TurnMessages, what_is_cut_short_is_no_answer) {
  const overlay::ByteVector request = allocate_request({}, nullptr);
  EXPECT_FALSE(read_answer(request));
  EXPECT_FALSE(read_answer(overlay::Bytes(request).first(7)));
  EXPECT_FALSE(read_channel_data(overlay::ByteVector{0x40, 0x01, 0x00, 0x09, 'x'}));
}

}  // namespace turn_messages_test
}  // namespace sim
