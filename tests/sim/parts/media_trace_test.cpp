#include "tests/sim/media_trace.h"

#include <gtest/gtest.h>

#include "overlay/forwarding/route_header.h"
#include "overlay/link/link_frame.h"

namespace sim {
namespace media_trace_test {

using overlay::NodeId;

class MediaTraceTest : public testing::Test {
 protected:
  static Datagram media(std::uint8_t content, std::uint32_t sequence = 1) {
    overlay::ByteVector bytes(overlay::kLinkHeaderSize + overlay::kRouteHeaderSize + overlay::kHeaderTagSize);
    overlay::LinkHeader header;
    header.kind = overlay::FrameKind::kMedia;
    header.sequence = sequence;
    overlay::encode_link_header(header, overlay::MutableBytes(bytes).first(overlay::kLinkHeaderSize));
    bytes.insert(bytes.end(), 50, content);
    return {.source = {}, .destination = {}, .bytes = bytes, .visited = {}};
  }
  // `node` works on `arrived` and sends on a frame with the same content, with a new link header.
  Datagram forward(std::uint16_t node, const Datagram& arrived) {
    Datagram leaving = media(arrived.bytes.back(), 99);
    trace_.begin(NodeId(node), arrived);
    trace_.stamp(NodeId(node), leaving);
    trace_.end();
    return leaving;
  }

  Referee referee_;
  MediaTrace trace_{referee_};
};

TEST_F(MediaTraceTest, knows_media_again_behind_another_link_header) {
  EXPECT_EQ(fingerprint_of_media(media(7, 1).bytes), fingerprint_of_media(media(7, 2).bytes));
  EXPECT_NE(fingerprint_of_media(media(7).bytes), fingerprint_of_media(media(8).bytes));
  EXPECT_FALSE(fingerprint_of_media(overlay::as_bytes("no frame")));
}

TEST_F(MediaTraceTest, a_way_without_a_loop_is_fine) {
  forward(4, forward(3, forward(2, media(7))));

  EXPECT_FALSE(referee_.violation());
}

TEST_F(MediaTraceTest, notices_a_copy_that_comes_back) {
  const Datagram back = forward(3, forward(2, media(7)));

  trace_.begin(NodeId(2), back);

  EXPECT_TRUE(referee_.violation());
}

TEST_F(MediaTraceTest, notices_a_third_copy) {
  Datagram leaving = media(7);
  trace_.stamp(NodeId(1), leaving);
  trace_.stamp(NodeId(1), leaving);
  EXPECT_FALSE(referee_.violation());

  const Datagram arrived = media(7);
  trace_.begin(NodeId(2), arrived);
  trace_.stamp(NodeId(2), leaving);
  EXPECT_FALSE(referee_.violation());
  trace_.stamp(NodeId(2), leaving);

  EXPECT_TRUE(referee_.violation());
}

TEST_F(MediaTraceTest, two_copies_may_meet_at_one_node) {
  const Datagram one = forward(2, media(7));
  const Datagram other = forward(3, media(7));

  forward(4, one);
  forward(4, other);

  EXPECT_FALSE(referee_.violation());
}

TEST_F(MediaTraceTest, notices_media_that_a_node_opens_twice) {
  for (int copy = 0; copy < 2; ++copy) {
    trace_.begin(NodeId(2), media(7));
    trace_.opened(NodeId(2));
    trace_.end();
  }

  EXPECT_TRUE(referee_.violation());
}

}  // namespace media_trace_test
}  // namespace sim
