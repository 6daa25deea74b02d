// The media of a call: the schedule of packets, and the record of arrivals. Pure.
//
// A media packet, in network byte order, followed by padding:
//
//   0                   8                  16                 24                  32
//   +-------------------+-------------------+------------------+-------------------+
//   |                                "CALL"                                        |
//   +-------------------+-------------------+------------------+-------------------+
//   |  stream (32 bits)                                                            |
//   |  sequence number (64 bits), from 0                                           |
//   |  send time (64 bits), nanoseconds of the sender's monotonic clock            |
//   +------------------------------------------------------------------------------+
//
// The two ends of a call share that clock: they run on one machine.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "overlay/base/bytes.h"
#include "overlay/base/time.h"

namespace call {

struct StreamShape {
  std::string_view name;
  std::size_t packet_size = 0;  // bytes of UDP payload
  int burst = 1;                // packets sent together: one video frame
  overlay::Duration interval{};
};

// 50 packets/s of 172 bytes, as Opus with an RTP header; 2.5 Mbit/s as 30 frames/s of 9 packets.
inline constexpr StreamShape kStreamShapes[] = {
    {.name = "audio", .packet_size = 172, .interval = std::chrono::milliseconds(20)},
    {.name = "video", .packet_size = 1157, .burst = 9, .interval = std::chrono::nanoseconds(33'333'333)}};

struct MediaPacket {
  static constexpr std::size_t kHeader = 24;

  std::uint32_t stream = 0;
  std::uint64_t sequence = 0;
  overlay::Instant sent_at;

  [[nodiscard]] static std::optional<MediaPacket> parse(overlay::Bytes bytes);
  // Writes the header; `out` is at least kHeader long.
  void write(overlay::MutableBytes out) const;
};

// Records of one stream's packets, oldest first. Beyond this number the oldest is deleted.
inline constexpr std::size_t kMaxRemembered = 1 << 20;

class MediaSender {
 public:
  MediaSender(std::uint32_t stream, const StreamShape& shape, overlay::Instant start)
      : stream_(stream), shape_(shape), next_burst_(start) {}

  [[nodiscard]] const StreamShape& shape() const { return shape_; }
  [[nodiscard]] overlay::Instant next_due() const { return next_burst_; }
  // The packet to send now; nullopt when no packet is due. A sender that was delayed skips missed bursts.
  [[nodiscard]] std::optional<MediaPacket> next_packet(overlay::Instant now);
  // Number of packets sent within [from, to).
  [[nodiscard]] std::uint64_t sent_within(overlay::Instant from, overlay::Instant to) const;

 private:
  std::uint32_t stream_;
  StreamShape shape_;
  overlay::Instant next_burst_;
  int sent_of_burst_ = 0;
  std::uint64_t sequence_ = 0;
  std::deque<overlay::Instant> sent_at_;
};

struct ReceptionReport {
  std::uint64_t received = 0;  // without duplicates
  std::uint64_t lost = 0;      // missing between the first and the last received packet
  std::uint64_t duplicates = 0;
  std::uint64_t reordered = 0;      // arrived after a packet with a higher sequence number
  overlay::Duration longest_gap{};  // without any arrival
  overlay::Instant gap_began;       // the last arrival before the gap
  overlay::Duration latency_p50{};
  overlay::Duration latency_p95{};
  overlay::Duration latency_p99{};
  overlay::Duration latency_max{};
};

class MediaReceiver {
 public:
  void record(const MediaPacket& packet, overlay::Instant now);
  // Counts cover packets *sent* within [from, to). Gaps lie between arrivals and overlap that window; the
  // last gap ends at `to` when no packet arrived later.
  [[nodiscard]] ReceptionReport report(overlay::Instant from, overlay::Instant to) const;

 private:
  struct Arrival {
    std::uint64_t sequence;
    overlay::Instant sent_at;
    overlay::Instant arrived_at;
  };
  std::deque<Arrival> arrivals_;
};

}  // namespace call
