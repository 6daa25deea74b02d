// Decides whether a link carries frames both ways: up -> suspect -> down, and back.
//
// Two clocks run. Inbound: when did we last hear the neighbor, against the interval it promised. Outbound:
// how long has the oldest of our frames gone without an echo, which finds the cut of one direction only (no
// protocol finds it in less than the link's RTT). Suspicion comes after `suspect_after` missed intervals and
// costs only duplicates; confirmation comes later and moves traffic. Going down is immediate, coming back
// waits for `hold_up`.
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
  kSilent,        // nothing is heard from the neighbor
  kOneWay,        // the neighbor is heard, but does not hear us
  kPeerReported,  // the neighbor says that it does not hear us
};
[[nodiscard]] const char* to_string(LinkFault fault);

class Liveness {
 public:
  explicit Liveness(LivenessConfig config) : config_(config) {}

  // A new session: what was sent or heard before does not count. The link's state stays.
  void restart(Instant now);

  void on_sent(std::uint32_t sequence, Instant now);
  void on_heard(const LinkHeader& header, Instant now);

  // Advances the state. `rtt` and `jitter` are the link's current estimates; zero when unknown.
  void evaluate(Instant now, Duration rtt, Duration jitter);

  [[nodiscard]] LinkState state() const { return state_; }
  [[nodiscard]] LinkFault fault() const { return fault_; }
  // What to tell the neighbor about the direction from it to us.
  [[nodiscard]] HeardState heard_state() const { return heard_state_; }
  [[nodiscard]] Instant last_heard() const { return last_heard_; }
  // When the link, now suspect or down, last worked as far as can be known.
  [[nodiscard]] Instant failed_at() const { return failed_at_; }
  // The oldest frame without an echo was sent then; kNever when all were echoed.
  [[nodiscard]] Instant oldest_unechoed() const;
  // When evaluate() may next change something without new input.
  [[nodiscard]] Instant next_timeout() const { return next_timeout_; }
  // A link that was down is not up again before this instant; kNever while it is not heard both ways.
  [[nodiscard]] Instant hold_up_until() const { return hold_up_until_; }

 private:
  struct Sent {
    std::uint32_t sequence;
    Instant at;
  };
  struct Deadlines {
    Instant suspect;
    Instant confirm;
  };
  struct Evidence {
    bool confirmed = false;
    LinkFault fault = LinkFault::kNone;
    Instant failed_at{};
  };

  // When silence since `start` makes the link suspect and down. kNever stays kNever.
  [[nodiscard]] Deadlines deadlines_from(Instant start, Duration jitter) const;
  [[nodiscard]] Evidence weigh(Instant now, Duration rtt, Duration jitter);
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
  Instant failed_at_{};
  Instant next_timeout_ = kNever;
  Instant hold_up_until_{};
  std::uint32_t echoed_sequence_ = 0;

  // Frames without an echo, thinned to one a millisecond; the ring covers half a second of silence at least.
  static constexpr std::size_t kRing = 512;
  std::array<Sent, kRing> ring_{};
  std::size_t ring_first_ = 0;
  std::size_t ring_size_ = 0;
};

}  // namespace overlay
