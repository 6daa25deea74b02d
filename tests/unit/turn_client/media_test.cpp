#include "tools/turn_client/media.h"

#include <gtest/gtest.h>

namespace call {
namespace media_test {

using namespace std::chrono_literals;
using overlay::Instant;

constexpr Instant kStart{1h};
constexpr StreamShape kAudio = kStreamShapes[0];
constexpr StreamShape kVideo = kStreamShapes[1];

[[nodiscard]] int send_all(MediaSender& sender, Instant now) {
  int sent = 0;
  while (sender.next_packet(now))
    ++sent;
  return sent;
}

TEST(MediaPacket, is_parsed_as_it_was_written) {
  std::array<std::uint8_t, 172> bytes{};
  MediaPacket{.stream = 1, .sequence = 77, .sent_at = kStart}.write(bytes);

  const auto packet = MediaPacket::parse(bytes);

  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->stream, 1u);
  EXPECT_EQ(packet->sequence, 77u);
  EXPECT_EQ(packet->sent_at, kStart);
}

TEST(MediaPacket, is_not_parsed_from_other_bytes) {
  EXPECT_FALSE(MediaPacket::parse({}));
  EXPECT_FALSE(MediaPacket::parse(overlay::ByteVector(100)));
  EXPECT_FALSE(MediaPacket::parse(overlay::as_bytes("CALL")));
}

TEST(MediaSender, sends_a_second_of_audio_as_fifty_packets) {
  MediaSender sender(0, kAudio, kStart);
  int sent = 0;

  while (sender.next_due() < kStart + 1s)
    sent += send_all(sender, sender.next_due());

  EXPECT_EQ(sent, 50);
  EXPECT_EQ(sender.sent_within(kStart, kStart + 500ms), 25u);
}

TEST(MediaSender, sends_a_video_frame_as_a_burst) {
  MediaSender sender(1, kVideo, kStart);

  EXPECT_EQ(send_all(sender, kStart), 9);
  EXPECT_EQ(send_all(sender, kStart + 33ms), 0);
  EXPECT_EQ(send_all(sender, kStart + 34ms), 9);
}

TEST(MediaSender, skips_missed_packets_after_a_delay) {
  MediaSender sender(0, kAudio, kStart);

  EXPECT_EQ(send_all(sender, kStart + 10s), 1);
  EXPECT_GE(sender.next_due(), kStart + 10s);
}

class MediaReceiverTest : public testing::Test {
 protected:
  // A packet every 20 ms with a latency of 5 ms.
  void receive(std::uint64_t sequence) {
    const Instant sent_at = kStart + sequence * 20ms;
    receiver_.record({.sequence = sequence, .sent_at = sent_at}, sent_at + 5ms);
  }

  MediaReceiver receiver_;
};

TEST_F(MediaReceiverTest, counts_losses_and_finds_the_longest_gap) {
  for (std::uint64_t i = 0; i < 50; ++i)
    if (i < 10 || i > 14) receive(i);

  const auto report = receiver_.report(kStart, kStart + 1s);

  EXPECT_EQ(report.received, 45u);
  EXPECT_EQ(report.lost, 5u);
  EXPECT_EQ(report.longest_gap, 120ms);
  EXPECT_EQ(report.gap_began, kStart + 9 * 20ms + 5ms);
  EXPECT_EQ(report.latency_p50, 5ms);
}

TEST_F(MediaReceiverTest, counts_duplicates_and_latecomers_once) {
  for (const std::uint64_t sequence : {0u, 1u, 3u, 2u, 3u, 4u})
    receive(sequence);

  const auto report = receiver_.report(kStart, kStart + 1s);

  EXPECT_EQ(report.received, 5u);
  EXPECT_EQ(report.lost, 0u);
  EXPECT_EQ(report.duplicates, 1u);
  EXPECT_EQ(report.reordered, 1u);
}

TEST_F(MediaReceiverTest, silence_until_the_end_of_the_window_is_a_gap) {
  for (std::uint64_t i = 0; i < 10; ++i)
    receive(i);

  EXPECT_EQ(receiver_.report(kStart, kStart + 1s).longest_gap, 1s - 185ms);
  EXPECT_EQ(receiver_.report(kStart + 2s, kStart + 3s).received, 0u);
}

}  // namespace media_test
}  // namespace call
