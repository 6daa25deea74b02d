#include "overlay/link/link_meter.h"

#include <algorithm>
#include <chrono>

namespace overlay {
namespace {

// With reordering, the count of arrivals may exceed the highest number for a moment; the result is never
// negative.
std::uint32_t lost_of(std::uint32_t expected, std::uint32_t arrived) {
  return expected > arrived ? expected - arrived : 0;
}

}  // namespace

void LinkMeter::restart() {
  sent_ = echoed_ = peer_heard_count_ = heard_count_ = highest_heard_ = echo_time_us_ = 0;
  sampled_echoed_ = sampled_peer_heard_ = sampled_highest_ = sampled_heard_ = 0;
}

void LinkMeter::on_sent(std::uint32_t sequence, std::size_t bytes) {
  sent_ = sequence;
  sample_.bytes_sent += bytes;
}

void LinkMeter::on_heard(const LinkHeader& header, std::size_t bytes, Instant now, bool is_prompt) {
  sample_.bytes_heard += bytes;
  ++heard_count_;
  if (header.sequence > highest_heard_) {
    highest_heard_ = header.sequence;
    echo_time_us_ = header.send_time_us;
    echo_at_ = now;
  }
  if (header.echo_sequence <= echoed_ || header.echo_sequence > sent_) return;
  echoed_ = header.echo_sequence;
  peer_heard_count_ = std::max(peer_heard_count_, std::min(header.heard_count, echoed_));
  if (is_prompt) measure_rtt(header, now);
}

void LinkMeter::measure_rtt(const LinkHeader& header, Instant now) {
  const auto elapsed_us =
      static_cast<std::int32_t>(to_wire_us(now) - header.echo_time_us - header.echo_hold_us);
  if (elapsed_us < 0) return;
  const Duration measured = std::chrono::microseconds(elapsed_us);
  sample_.rtt_min = sample_.rtt_count == 0 ? measured : std::min(sample_.rtt_min, measured);
  sample_.rtt_sum += measured;
  ++sample_.rtt_count;
  if (rtt_ == Duration{}) {
    rtt_ = measured;
    jitter_ = measured / 4;
    return;
  }
  const Duration deviation = measured > rtt_ ? measured - rtt_ : rtt_ - measured;
  jitter_ += (deviation - jitter_) / 16;
  rtt_ += (measured - rtt_) / 16;
}

std::uint32_t LinkMeter::echo_hold_us(Instant now) const {
  return to_wire_us(now) - to_wire_us(echo_at_);
}

LinkSample LinkMeter::take_sample() {
  LinkSample sample = sample_;
  sample_ = {};
  sample.jitter = jitter_;
  sample.sent = echoed_ - sampled_echoed_;
  sample.sent_lost = lost_of(sample.sent, peer_heard_count_ - sampled_peer_heard_);
  sample.heard = highest_heard_ - sampled_highest_;
  sample.heard_lost = lost_of(sample.heard, heard_count_ - sampled_heard_);
  sampled_echoed_ = echoed_;
  sampled_peer_heard_ = peer_heard_count_;
  sampled_highest_ = highest_heard_;
  sampled_heard_ = heard_count_;
  return sample;
}

}  // namespace overlay
