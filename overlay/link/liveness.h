// Decides whether a link carries frames in both directions: up -> suspect -> down, and back.
//
// Inbound: the time since the last frame from the neighbor, against the interval that it promised. Outbound:
// the age of our oldest frame without an echo; this finds a cut of one direction only (no protocol finds it
// in less than the link's RTT). `suspect_after` missed intervals make the link suspect, which costs only
// duplicates. Later confirmation makes it down, which moves traffic. Down is immediate; up waits for
// `hold_up`.
//
// Silence counts only from what the thread has read: it grows with each on_read(), by at most one interval. A
// thread that stalls does not listen, so the stall is left out of all times of silence.
#pragma once

#include <array>
#include <cstdint>

#include "overlay/base/time.h"
#include "overlay/link/link_config.h"
#include "overlay/link/link_frame.h"

namespace overlay {

enum class LinkState : std::uint8_t { kDown, kUp, kSuspect };
[[nodiscard]] const char* to_string(LinkState state);

// Why a link left `up`.
enum class LinkFault : std::uint8_t {
  kNone,
  kSilent,        // no frame arrives from the neighbor
  kOneWay,        // frames arrive, but without echoes of ours
  kPeerReported,  // the neighbor reports that our frames do not arrive
};
[[nodiscard]] const char* to_string(LinkFault fault);

class Liveness {
 public:
  explicit Liveness(LivenessConfig config) : config_(config) {}

  // Starts a new session: earlier frames do not count. The state of the link stays.
  void restart(Instant now);

  void on_sent(std::uint32_t sequence, Instant now);
  void on_heard(const LinkHeader& header, Instant now);
  // Everything that arrived before `now` was given to on_heard(). Call it before evaluate() wherever silence
  // counts, and at next_timeout() at the latest.
  void on_read(Instant now);
  // The thread stalls or has stalled: what it reads `now` may have waited for it.
  [[nodiscard]] bool is_late(Instant now) const { return now - read_at_ > 2 * longest_pause(); }
  // Ends the hold-up of a link that is_held(): nothing else can carry its frames.
  void end_hold_up();

  // Advances the state. `rtt` and `jitter` are current estimates of the link; 0 when unknown.
  void evaluate(Instant now, Duration rtt, Duration jitter);

  [[nodiscard]] LinkState state() const { return state_; }
  [[nodiscard]] LinkFault fault() const { return fault_; }
  // The state of the direction from the neighbor to us, for the next frame.
  [[nodiscard]] HeardState heard_state() const { return heard_state_; }
  [[nodiscard]] Instant last_heard() const { return last_heard_; }
  // The last known time at which the link worked; for links that are suspect or down.
  [[nodiscard]] Instant failed_at() const { return failed_at_; }
  // The time of the oldest frame without an echo, without stalls since then; kNever without such a frame.
  [[nodiscard]] Instant oldest_unechoed() const;
  // Frames arrive in both directions again, but the link is down until its hold-up ends.
  [[nodiscard]] bool is_held() const {
    return state_ == LinkState::kDown && was_up_ && hold_up_until_ != kNever;
  }
  // The next time at which evaluate() may change the state without input.
  [[nodiscard]] Instant next_timeout() const { return next_timeout_; }
  // Earliest time of the change from down to up; kNever while frames do not arrive in both directions.
  [[nodiscard]] Instant hold_up_until() const { return hold_up_until_; }

 private:
  struct Sent {
    std::uint32_t sequence;
    Instant at;  // listening time
  };
  // In listening time.
  struct Deadlines {
    Instant suspect;
    Instant confirm;
  };
  struct Evidence {
    bool confirmed = false;
    LinkFault fault = LinkFault::kNone;
    Instant failed_at{};
  };

  // Silence since `start` makes the link suspect, then down, at these times. kNever stays kNever.
  [[nodiscard]] Deadlines deadlines_from(Instant start, Duration jitter) const;
  [[nodiscard]] Evidence weigh(Duration rtt, Duration jitter);
  // Between two reads; a longer pause is a stall.
  [[nodiscard]] Duration longest_pause() const;
  // Listening time is the time of the thread without its stalls.
  [[nodiscard]] Instant listening(Instant now) const { return now - stalled_; }
  void recover(Instant now);

  LivenessConfig config_;
  LinkState state_ = LinkState::kDown;
  LinkFault fault_ = LinkFault::kNone;
  HeardState heard_state_ = HeardState::kHeard;
  bool was_up_ = false;
  bool echoed_ = false;  // the neighbor has echoed a frame of this session
  HeardState peer_heard_ = HeardState::kHeard;
  ProbeInterval promised_;
  Instant last_heard_{};
  Instant read_at_{};      // the last on_read()
  Duration stalled_{};     // all stalls so far
  Instant silent_from_{};  // last_heard_ in listening time
  Instant failed_at_{};
  Instant next_timeout_ = kNever;
  Instant hold_up_until_{};
  std::uint32_t echoed_sequence_ = 0;

  // Frames without an echo, at most one for each millisecond; covers half a second of silence at least.
  static constexpr std::size_t kRing = 512;
  std::array<Sent, kRing> ring_{};
  std::size_t ring_first_ = 0;
  std::size_t ring_size_ = 0;
};

}  // namespace overlay
