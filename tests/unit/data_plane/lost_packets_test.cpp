// A data plane counts every datagram and message that it loses.
#include <gtest/gtest.h>

#include "overlay/base/random.h"
#include "tests/unit/data_plane/lone_edge.h"

namespace relay {
namespace lost_packets_test {

using namespace std::chrono_literals;

class LostPackets : public ::testing::Test {
 protected:
  static constexpr overlay::Instant kNow{1h};

  LastSent io_;
  overlay::SeededRandom random_{7};
};

TEST_F(LostPackets, of_a_node_without_a_turn_server_are_counted_as_unserved) {
  DataPlane plane(edge_with(std::nullopt), io_, random_);
  overlay::PacketBuffer buffer;
  ASSERT_TRUE(buffer.assign(overlay::ByteVector(20, 0)));

  plane.on_datagram({.source = endpoint("192.0.2.66:7000"), .local = kListener}, buffer, kNow);

  EXPECT_EQ(plane.relay_counters().unserved, 1u);
}

TEST_F(LostPackets, for_a_guest_that_cannot_be_served_are_counted_as_unserved) {
  DataPlane plane(edge_with(turn_config()), io_, random_);

  plane.on_message(ClientDatagram{1, {.source = endpoint("192.0.2.66:7000"), .local = kListener}, {1, 2}},
                   kNow);

  EXPECT_EQ(plane.relay_counters().unserved, 1u);
}

TEST_F(LostPackets, longer_than_a_buffer_are_counted) {
  DataPlane plane(edge_with(turn_config()), io_, random_);
  const overlay::ByteVector too_long(overlay::PacketBuffer::kMaxDatagram * 2, 0);

  plane.on_message(AnswerToClient{.route = {}, .bytes = too_long}, kNow);
  plane.on_message(MediaForAllocation{.leg = {}, .payload = too_long}, kNow);

  EXPECT_EQ(plane.relay_counters().oversized, 2u);
}

TEST_F(LostPackets, include_messages_that_nobody_polls) {
  DataPlane plane(edge_with(turn_config()), io_, random_);

  for (int i = 0; i < 10'000; ++i)
    plane.on_message(ListAllocations{}, kNow);
  std::uint64_t polled = 0;
  while (plane.poll_message())
    ++polled;

  EXPECT_EQ(polled + plane.relay_counters().messages_lost, 10'000u);
  EXPECT_GT(plane.relay_counters().messages_lost, 0u);
}

}  // namespace lost_packets_test
}  // namespace relay
