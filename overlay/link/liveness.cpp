#include "overlay/link/liveness.h"

#include <algorithm>

namespace overlay {
namespace {

// A pause of this length between two reads is no stall, however often frames are due.
constexpr Duration kShortPause = std::chrono::milliseconds(10);

}  // namespace

const char* to_string(LinkState state) {
  switch (state) {
    case LinkState::kDown:
      return "down";
    case LinkState::kUp:
      return "up";
    case LinkState::kSuspect:
      return "suspect";
  }
  return "unknown";
}

const char* to_string(LinkFault fault) {
  switch (fault) {
    case LinkFault::kNone:
      return "none";
    case LinkFault::kSilent:
      return "silent";
    case LinkFault::kOneWay:
      return "one-way";
    case LinkFault::kPeerReported:
      return "peer-reported";
  }
  return "unknown";
}

void Liveness::restart(Instant now) {
  ring_size_ = 0;
  echoed_sequence_ = 0;
  echoed_ = false;
  peer_heard_ = HeardState::kHeard;
  last_heard_ = now;
  read_at_ = std::max(read_at_, now);
  silent_from_ = listening(now);
  next_timeout_ = now;
}

void Liveness::on_sent(std::uint32_t sequence, Instant now) {
  constexpr Duration kThinning = std::chrono::milliseconds(1);
  if (ring_size_ > 0) {
    const Sent& newest = ring_[(ring_first_ + ring_size_ - 1) % kRing];
    if (listening(now) - newest.at < kThinning || ring_size_ == kRing) return;
  }
  ring_[(ring_first_ + ring_size_) % kRing] = {sequence, listening(now)};
  ++ring_size_;
  if (ring_size_ == 1) next_timeout_ = std::min(next_timeout_, now + promised_.duration());
}

void Liveness::on_heard(const LinkHeader& header, Instant now) {
  last_heard_ = now;
  silent_from_ = listening(now);
  promised_ = header.tx_interval;
  peer_heard_ = header.heard;
  // Sequence numbers of a session never wrap, because sessions end long before 2^32 frames.
  if (header.echo_sequence > echoed_sequence_) {
    echoed_sequence_ = header.echo_sequence;
    echoed_ = true;
  }
  while (ring_size_ > 0 && ring_[ring_first_].sequence <= echoed_sequence_) {
    ring_first_ = (ring_first_ + 1) % kRing;
    --ring_size_;
  }
}

Duration Liveness::longest_pause() const {
  return std::max(promised_.duration(), kShortPause);
}

void Liveness::on_read(Instant now) {
  const Duration allowed = longest_pause();
  const Duration passed = now - read_at_;
  read_at_ = std::max(read_at_, now);
  if (passed <= allowed) return;
  stalled_ += passed - allowed;
  // Frames that were read or sent since the stall are not older than this read.
  const Instant latest = listening(read_at_);
  silent_from_ = std::min(silent_from_, latest);
  for (std::size_t i = 0; i < ring_size_; ++i) {
    Instant& at = ring_[(ring_first_ + i) % kRing].at;
    at = std::min(at, latest);
  }
}

Instant Liveness::oldest_unechoed() const {
  return ring_size_ == 0 ? kNever : ring_[ring_first_].at + stalled_;
}

Liveness::Deadlines Liveness::deadlines_from(Instant start, Duration jitter) const {
  if (start == kNever) return {kNever, kNever};
  const Duration missed = config_.suspect_after * promised_.duration();
  const Duration suspect = missed + config_.jitter_allowance + jitter;
  return {start + suspect, start + std::max({config_.confirm_after, 2 * missed, suspect})};
}

Liveness::Evidence Liveness::weigh(Duration rtt, Duration jitter) {
  const Instant now = listening(read_at_);
  const Deadlines in = deadlines_from(silent_from_, jitter);
  // The echo needs the RTT and then waits for the next frame that the neighbor promised.
  const Deadlines out = deadlines_from(ring_size_ == 0 ? kNever : ring_[ring_first_].at + rtt, jitter);
  heard_state_ = now >= in.confirm   ? HeardState::kDown
                 : now >= in.suspect ? HeardState::kSuspect
                                     : HeardState::kHeard;
  next_timeout_ = kNever;
  for (const Instant deadline : {in.suspect, in.confirm, out.suspect, out.confirm})
    if (deadline > now && deadline != kNever) next_timeout_ = std::min(next_timeout_, deadline + stalled_);

  const bool confirmed = now >= in.confirm || now >= out.confirm || peer_heard_ == HeardState::kDown;
  if (now >= in.suspect) return {confirmed, LinkFault::kSilent, last_heard_};
  if (now >= out.suspect) return {confirmed, LinkFault::kOneWay, oldest_unechoed()};
  if (peer_heard_ != HeardState::kHeard) return {confirmed, LinkFault::kPeerReported, last_heard_};
  return {};
}

void Liveness::evaluate(Instant now, Duration rtt, Duration jitter) {
  const Evidence evidence = weigh(rtt, jitter);
  if (state_ != LinkState::kDown) next_timeout_ = std::min(next_timeout_, read_at_ + longest_pause());
  if (evidence.fault == LinkFault::kNone) {
    if (echoed_ && state_ != LinkState::kUp) recover(now);
    return;
  }
  // The first evidence sets the fault and its time; confirmation does not change them.
  if (state_ == LinkState::kUp) {
    fault_ = evidence.fault;
    failed_at_ = evidence.failed_at;
    state_ = LinkState::kSuspect;
  }
  if (evidence.confirmed) state_ = LinkState::kDown;
  hold_up_until_ = kNever;
}

void Liveness::recover(Instant now) {
  const bool held = state_ == LinkState::kDown && was_up_;
  if (held && hold_up_until_ == kNever) hold_up_until_ = now + config_.hold_up;
  if (held && now < hold_up_until_) {
    next_timeout_ = std::min(next_timeout_, hold_up_until_);
    return;
  }
  state_ = LinkState::kUp;
  fault_ = LinkFault::kNone;
  was_up_ = true;
}

void Liveness::end_hold_up() {
  if (!is_held()) return;
  state_ = LinkState::kUp;
  fault_ = LinkFault::kNone;
}

}  // namespace overlay
