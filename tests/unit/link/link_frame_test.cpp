#include "overlay/link/link_frame.h"

#include <gtest/gtest.h>

namespace overlay {
namespace link_frame_test {

using std::chrono::milliseconds;

TEST(LinkFrame, a_header_is_read_as_it_was_written) {
  const LinkHeader header{.kind = FrameKind::kMedia,
                          .heard = HeardState::kSuspect,
                          .tx_interval = ProbeInterval::from(milliseconds(10)),
                          .want_interval = ProbeInterval::from(milliseconds(100)),
                          .session = SessionIndex(0x01020304),
                          .sequence = 5,
                          .send_time_us = 6,
                          .echo_sequence = 7,
                          .echo_time_us = 8,
                          .echo_hold_us = 9,
                          .heard_count = 10};
  ByteArray<kLinkHeaderSize> bytes;

  encode_link_header(header, bytes);

  EXPECT_EQ(decode_link_header(bytes), header);
}

TEST(LinkFrame, refuses_other_types_unknown_kinds_and_short_datagrams) {
  ByteArray<kLinkHeaderSize> bytes;
  encode_link_header({}, bytes);

  EXPECT_FALSE(decode_link_header(Bytes(bytes).first(kLinkHeaderSize - 1)));
  EXPECT_FALSE(decode_link_header({}));
  auto other_type = bytes;
  other_type[0] = 0x01;
  EXPECT_FALSE(decode_link_header(other_type));
  auto unknown_kind = bytes;
  unknown_kind[1] = 0x03;
  EXPECT_FALSE(decode_link_header(unknown_kind));
}

TEST(ProbeInterval, is_clamped_to_what_the_wire_carries) {
  EXPECT_EQ(ProbeInterval::from(milliseconds(0)).duration(), milliseconds(5));
  EXPECT_EQ(ProbeInterval::from(milliseconds(12)).duration(), milliseconds(10));
  EXPECT_EQ(ProbeInterval::from(std::chrono::hours(1)).duration(), milliseconds(1275));
  EXPECT_EQ(ProbeInterval::from_wire(0).duration(), milliseconds(5));
}

}  // namespace link_frame_test
}  // namespace overlay
