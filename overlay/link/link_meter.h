// Measures a link by its frames: round-trip time, jitter, and the number of frames that arrived in each
// direction.
#pragma once

#include <cstdint>
#include <optional>

#include "overlay/base/time.h"
#include "overlay/link/link_frame.h"

namespace overlay {

// Measurements since the previous sample.
struct LinkSample {
  std::uint32_t sent = 0;        // frames to the neighbor that its echoes cover
  std::uint32_t sent_lost = 0;   // of those, frames that it did not receive
  std::uint32_t heard = 0;       // frames from the neighbor, by its sequence numbers
  std::uint32_t heard_lost = 0;  // of those, frames that we did not receive
  std::uint32_t rtt_count = 0;
  Duration rtt_min{};  // over rtt_count measurements
  Duration rtt_sum{};
  Duration jitter{};  // smoothed deviation of the RTT
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_heard = 0;
};

class LinkMeter {
 public:
  // Starts a new session: sequence numbers and counts restart, RTT estimates stay.
  void restart();

  void on_sent(std::uint32_t sequence, std::size_t bytes);
  // `is_prompt`: the frame did not wait for this thread, so its echo measures the RTT.
  void on_heard(const LinkHeader& header, std::size_t bytes, Instant now, bool is_prompt = true);

  // Smoothed (RFC 6298 section 2); 0 before the first measurement.
  [[nodiscard]] Duration rtt() const { return rtt_; }
  [[nodiscard]] Duration jitter() const { return jitter_; }
  // Values for the next frame.
  [[nodiscard]] std::uint32_t heard_count() const { return heard_count_; }
  [[nodiscard]] std::uint32_t highest_heard() const { return highest_heard_; }
  [[nodiscard]] std::uint32_t echo_time_us() const { return echo_time_us_; }
  [[nodiscard]] std::uint32_t echo_hold_us(Instant now) const;
  // Sent frames without an echo from the neighbor.
  [[nodiscard]] std::uint32_t unechoed() const { return sent_ - echoed_; }

  // Returns the measurements since the last call and starts a new sample.
  [[nodiscard]] LinkSample take_sample();

 private:
  void measure_rtt(const LinkHeader& header, Instant now);

  Duration rtt_{};
  Duration jitter_{};
  std::uint32_t sent_ = 0;
  std::uint32_t echoed_ = 0;  // highest echoed sequence number
  std::uint32_t peer_heard_count_ = 0;
  std::uint32_t heard_count_ = 0;
  std::uint32_t highest_heard_ = 0;
  std::uint32_t echo_time_us_ = 0;
  Instant echo_at_{};
  // Values at the last sample.
  std::uint32_t sampled_echoed_ = 0;
  std::uint32_t sampled_peer_heard_ = 0;
  std::uint32_t sampled_highest_ = 0;
  std::uint32_t sampled_heard_ = 0;
  LinkSample sample_;
};

}  // namespace overlay
