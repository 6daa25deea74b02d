#include "routing/link_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_record.h"

namespace routing {
namespace link_state_test {

using std::chrono::microseconds;
using testing::sample_record;

TEST(LinkState, what_is_encoded_is_decoded) {
  const LinkStateRecord record = sample_record();

  const auto bytes = encode(record);
  ASSERT_TRUE(bytes);
  const auto decoded = decode_link_state(*bytes);

  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, record);
  EXPECT_EQ(bytes->size(), encoded_size(record));
}

// Flags at 3, origin at 4, epoch at 8, adjacency count at 25: as drawn in the header.
TEST(LinkState, fields_lie_where_the_drawing_says) {
  const auto bytes = *encode(sample_record());

  EXPECT_EQ(bytes[0] << 8 | bytes[1], 3);
  EXPECT_EQ(bytes[2], 1);
  EXPECT_EQ(bytes[3], kFlagDrained);
  EXPECT_EQ(bytes[4] << 8 | bytes[5], 258);
  EXPECT_EQ(bytes[15], 9);
  EXPECT_EQ(bytes[25], 2);
}

TEST(LinkState, every_truncation_is_refused) {
  const auto bytes = *encode(sample_record());

  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_link_state(Bytes(bytes).first(size))) << size;
}

TEST(LinkState, trailing_bytes_are_refused) {
  auto bytes = *encode(sample_record());
  bytes.push_back(0);

  EXPECT_FALSE(decode_link_state(bytes));
}

TEST(LinkState, age_and_signature_are_not_signed) {
  LinkStateRecord record = sample_record();
  const ByteVector before = signed_part(record);
  record.age_s = 77;
  record.signature.fill(0xee);

  EXPECT_EQ(signed_part(record), before);
  record.flags = 0;
  EXPECT_NE(signed_part(record), before);
}

TEST(LinkState, adjacencies_must_ascend) {
  LinkStateRecord record = sample_record();
  std::swap(record.adjacencies[0], record.adjacencies[1]);

  const auto bytes = encode(record);

  ASSERT_FALSE(bytes);
  EXPECT_THAT(bytes.error().message, ::testing::HasSubstr("ascending"));
}

TEST(LinkState, a_record_for_ninety_neighbors_fits_one_datagram) {
  LinkStateRecord record = sample_record();
  record.adjacencies.clear();
  for (std::uint16_t i = 0; i < kMaxAdjacencies; ++i)
    record.adjacencies.push_back({.neighbor = NodeId(static_cast<std::uint16_t>(1000 + i))});

  const auto bytes = encode(record);
  ASSERT_TRUE(bytes);
  EXPECT_LE(bytes->size(), kMaxRecordBytes);
  record.adjacencies.push_back({.neighbor = NodeId(2000)});
  EXPECT_FALSE(encode(record));
}

TEST(LinkState, durations_saturate_at_the_end_of_their_field) {
  LinkStateRecord record = sample_record();
  record.adjacencies[0].rtt = std::chrono::seconds(60);
  record.adjacencies[1].rtt = microseconds(149);

  const auto decoded = *decode_link_state(*encode(record));

  EXPECT_EQ(decoded.adjacencies[0].rtt, microseconds(6'553'500));
  EXPECT_EQ(decoded.adjacencies[1].rtt, microseconds(100));
}

TEST(LinkState, prefixes_with_host_bits_are_refused) {
  LinkStateRecord record = sample_record();
  record.attached_prefixes[0].length = 4;

  EXPECT_FALSE(encode(record));
}

}  // namespace link_state_test
}  // namespace routing
