#include "relay/io/send_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "overlay/base/wire.h"
#include "relay/stun/stun_message.h"

namespace relay {
namespace send_queue_test {

using overlay::ByteVector;
using testing::ElementsAre;

ByteVector channel_data(std::size_t length) {
  ByteVector message(4 + length, 0x55);
  overlay::store_be(message.data(), std::uint16_t{0x4001});
  overlay::store_be(message.data() + 2, static_cast<std::uint16_t>(length));
  return message;
}

ByteVector stun(StunMethod method, StunClass message_class, std::size_t length = 0) {
  ByteVector message(kStunHeaderSize + length, 0);
  overlay::store_be(message.data(), encode_type({method, message_class}));
  overlay::store_be(message.data() + 2, static_cast<std::uint16_t>(length));
  return message;
}

ByteVector take(SendQueue& queue, std::size_t enough) {
  ByteVector out;
  queue.take(enough, out);
  return out;
}

TEST(SendQueue, pads_channel_data_to_four_bytes) {
  SendQueue queue;

  ASSERT_TRUE(queue.push(channel_data(1)));

  EXPECT_THAT(take(queue, 100), ElementsAre(0x40, 0x01, 0x00, 0x01, 0x55, 0, 0, 0));
  EXPECT_TRUE(queue.empty());
}

TEST(SendQueue, lets_answers_overtake_media_but_not_each_other) {
  SendQueue queue;

  ASSERT_TRUE(queue.push(channel_data(4)));
  ASSERT_TRUE(queue.push(stun(StunMethod::kData, StunClass::kIndication)));
  ASSERT_TRUE(queue.push(stun(StunMethod::kRefresh, StunClass::kSuccess)));
  ASSERT_TRUE(queue.push(stun(StunMethod::kRefresh, StunClass::kError)));

  const ByteVector out = take(queue, 1000);
  ASSERT_EQ(out.size(), 68u);
  EXPECT_EQ(overlay::load_be<std::uint16_t>(&out[0]), 0x0104);
  EXPECT_EQ(overlay::load_be<std::uint16_t>(&out[20]), 0x0114);
  EXPECT_EQ(overlay::load_be<std::uint16_t>(&out[40]), 0x4001);
  EXPECT_EQ(overlay::load_be<std::uint16_t>(&out[48]), 0x0017);
}

TEST(SendQueue, hands_out_whole_messages_only) {
  SendQueue queue;
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(queue.push(channel_data(96)));

  EXPECT_EQ(take(queue, 150).size(), 200u);
  EXPECT_FALSE(queue.empty());
  EXPECT_EQ(take(queue, 150).size(), 100u);
  EXPECT_TRUE(queue.empty());
}

TEST(SendQueue, loses_media_of_a_client_that_does_not_read_and_takes_them_again_when_it_does) {
  SendQueue queue;
  std::size_t taken = 0;
  while (queue.push(channel_data(1020)))
    ++taken;

  EXPECT_EQ(taken, SendQueue::kMaxMediaBytes / 1024);
  EXPECT_TRUE(queue.push(stun(StunMethod::kRefresh, StunClass::kSuccess)));
  (void)take(queue, 2048);
  EXPECT_TRUE(queue.push(channel_data(1020)));
}

TEST(SendQueue, bounds_answers_too) {
  SendQueue queue;
  std::size_t taken = 0;
  while (taken < 100'000 && queue.push(stun(StunMethod::kRefresh, StunClass::kError, 44)))
    ++taken;

  EXPECT_EQ(taken, SendQueue::kMaxAnswerBytes / 64);
}

}  // namespace send_queue_test
}  // namespace relay
