#include "overlay/link/link.h"

#include <utility>

#include <gtest/gtest.h>

namespace overlay {
namespace link_test {

using std::chrono::milliseconds;

SessionKeys keys_filled_with(std::uint8_t send, std::uint8_t receive) {
  const auto transport_key = [](std::uint8_t value) {
    ByteArray<32> bytes;
    bytes.fill(value);
    return Secret<32>(bytes);
  };
  return {.send = derive_direction_keys(transport_key(send)),
          .receive = derive_direction_keys(transport_key(receive))};
}

// Two ends of one link; what one seals, the other opens.
class LinkTest : public testing::Test {
 protected:
  LinkTest() {
    left.install({.local_index = SessionIndex(1),
                  .remote_index = SessionIndex(2),
                  .keys = keys_filled_with(1, 2),
                  .initiator = true},
                 addresses("192.0.2.1:7000", "192.0.2.2:7000"), now);
    right.install({.local_index = SessionIndex(2),
                   .remote_index = SessionIndex(1),
                   .keys = keys_filled_with(2, 1),
                   .initiator = false},
                  addresses("192.0.2.2:7000", "192.0.2.1:7000"), now);
  }

  Result<Link::Opened, DropReason> open(Link& to, PacketBuffer& received) {
    const auto header = decode_link_header(received.bytes());
    if (!header) return Unexpected(DropReason::kMalformed);
    return to.open(*header, source, received, now);
  }

  Result<Link::Opened, DropReason> probe(Link& from, Link& to) {
    frame.clear();
    EXPECT_TRUE(from.seal_probe(frame, now));
    return open(to, frame);
  }

  static LinkAddresses addresses(const char* local, const char* remote) {
    return {.local = *Endpoint::parse(local), .remote = *Endpoint::parse(remote)};
  }

  Instant now{std::chrono::seconds(5)};
  Endpoint source = *Endpoint::parse("192.0.2.1:7000");  // of the next frame
  Link left{NodeId(2), {}};
  Link right{NodeId(1), {}};
  PacketBuffer frame;
};

TEST_F(LinkTest, the_responder_sends_only_after_it_heard_the_initiator_on_the_session) {
  frame.clear();
  EXPECT_FALSE(right.seal_probe(frame, now));

  ASSERT_TRUE(probe(left, right).has_value());

  EXPECT_TRUE(probe(right, left).has_value());
}

TEST_F(LinkTest, an_unconfirmed_session_changes_neither_address_nor_keys) {
  ASSERT_TRUE(probe(left, right).has_value());

  right.install({.local_index = SessionIndex(12),
                 .remote_index = SessionIndex(11),
                 .keys = keys_filled_with(4, 3),
                 .initiator = false},
                addresses("198.51.100.1:1", "203.0.113.66:666"), now);

  EXPECT_EQ(right.remote(), *Endpoint::parse("192.0.2.1:7000"));
  EXPECT_EQ(right.local(), *Endpoint::parse("192.0.2.2:7000"));
  EXPECT_TRUE(probe(right, left).has_value());
}

TEST_F(LinkTest, the_frame_that_confirms_a_session_sets_the_address) {
  source = *Endpoint::parse("192.0.2.99:7001");

  ASSERT_TRUE(probe(left, right).has_value());
  EXPECT_EQ(right.remote(), source);

  source = *Endpoint::parse("192.0.2.77:7002");
  ASSERT_TRUE(probe(left, right).has_value());
  EXPECT_EQ(right.remote(), *Endpoint::parse("192.0.2.99:7001")) << "later frames do not move the link";
}

TEST_F(LinkTest, an_unconfirmed_session_is_discarded_after_a_while) {
  EXPECT_EQ(right.next_timeout(), now + Link::kConfirmWithin);
  EXPECT_FALSE(right.expire_unconfirmed(now + Link::kConfirmWithin - milliseconds(1)));

  EXPECT_EQ(right.expire_unconfirmed(now + Link::kConfirmWithin), SessionIndex(2));

  EXPECT_TRUE(right.is_empty());
  EXPECT_EQ(probe(left, right).error(), DropReason::kUnknownSession);
}

TEST_F(LinkTest, carries_a_control_payload_unreadable_on_the_way) {
  const std::string secret = "link-state record";
  ASSERT_TRUE(frame.assign(as_bytes(secret)));

  ASSERT_TRUE(left.seal_control(frame, now));
  EXPECT_EQ(as_text(std::as_const(frame).bytes()).find(secret), std::string_view::npos);
  const auto opened = open(right, frame);

  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->kind, FrameKind::kControl);
  EXPECT_EQ(as_text(std::as_const(frame).bytes()), secret);
}

TEST_F(LinkTest, every_altered_bit_of_a_media_header_is_noticed) {
  ByteArray<Link::kRouteHeaderSize> route{1, 2, 3};
  for (std::size_t bit = 0; bit < Link::kMediaOverhead * 8; ++bit) {
    ASSERT_TRUE(frame.assign(as_bytes("sealed")));
    ASSERT_TRUE(left.seal_media(frame, route, now));
    frame.bytes()[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);

    EXPECT_FALSE(open(right, frame).has_value()) << "bit " << bit;
  }
}

TEST_F(LinkTest, a_frame_is_accepted_once) {
  frame.clear();
  ASSERT_TRUE(left.seal_probe(frame, now));
  const ByteVector copy(frame.bytes().begin(), frame.bytes().end());
  ASSERT_TRUE(open(right, frame).has_value());

  ASSERT_TRUE(frame.assign(copy));
  const auto again = open(right, frame);

  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error(), DropReason::kReplayedFrame);
}

TEST_F(LinkTest, demand_at_one_end_makes_both_ends_fast) {
  left.set_in_use(true);

  ASSERT_TRUE(probe(left, right).has_value());
  ASSERT_TRUE(probe(right, left).has_value());

  EXPECT_EQ(left.tx_interval().duration(), milliseconds(10));
  EXPECT_EQ(right.tx_interval().duration(), milliseconds(10));
}

TEST_F(LinkTest, a_slow_down_is_announced_before_it_happens) {
  left.set_in_use(true);
  ASSERT_TRUE(probe(left, right).has_value());
  left.set_in_use(false);

  now += milliseconds(10);
  ASSERT_TRUE(probe(left, right).has_value());

  EXPECT_EQ(left.tx_interval().duration(), milliseconds(100));
  EXPECT_FALSE(left.probe_due(now + milliseconds(5)));
  EXPECT_TRUE(left.probe_due(now + milliseconds(10)))
      << "the promise went out once only: it may have been lost";
}

TEST_F(LinkTest, frames_of_the_previous_session_are_still_heard_after_a_rekey) {
  ASSERT_TRUE(probe(left, right).has_value());
  PacketBuffer late;
  late.clear();
  ASSERT_TRUE(left.seal_probe(late, now));

  left.install({.local_index = SessionIndex(11),
                .remote_index = SessionIndex(12),
                .keys = keys_filled_with(3, 4),
                .initiator = true},
               addresses("192.0.2.1:7000", "192.0.2.2:7000"), now);
  right.install({.local_index = SessionIndex(12),
                 .remote_index = SessionIndex(11),
                 .keys = keys_filled_with(4, 3),
                 .initiator = false},
                addresses("192.0.2.2:7000", "192.0.2.1:7000"), now);
  ASSERT_TRUE(probe(left, right).has_value());

  EXPECT_TRUE(open(right, late).has_value());
  EXPECT_TRUE(probe(right, left).has_value());
}

}  // namespace link_test
}  // namespace overlay
