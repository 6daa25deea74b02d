// The link with one neighbor: its sessions, its measurements, and whether it carries frames. Owned by a data
// plane, on its thread. A link judges liveness only; the forwarder chooses paths.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "overlay/base/drop_reason.h"
#include "overlay/base/endpoint.h"
#include "overlay/base/ids.h"
#include "overlay/base/packet_buffer.h"
#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "overlay/crypto/replay_window.h"
#include "overlay/crypto/session_keys.h"
#include "overlay/link/link_config.h"
#include "overlay/link/link_frame.h"
#include "overlay/link/link_meter.h"
#include "overlay/link/liveness.h"

namespace overlay {

// The result of a handshake.
struct LinkSession {
  SessionIndex local_index;   // in frames from the neighbor
  SessionIndex remote_index;  // in frames to the neighbor
  SessionKeys keys;
  bool initiator = false;
};

// Where the frames of a link leave and arrive.
struct LinkAddresses {
  Endpoint local;
  Endpoint remote;
};

class Link {
 public:
  // A session that no frame has confirmed within this time is discarded.
  static constexpr Duration kConfirmWithin = std::chrono::seconds(5);
  // Size of the route header of media frames, between link header and tag.
  static constexpr std::size_t kRouteHeaderSize = 24;
  static constexpr std::size_t kMediaOverhead = kLinkHeaderSize + kRouteHeaderSize + kHeaderTagSize;

  Link(NodeId neighbor, LinkConfig config);

  // Adds a session. The initiator uses it and its addresses at once. The responder uses both after the first
  // frame has arrived on the session: until then the initiation may be a replay from any address.
  void install(const LinkSession& session, const LinkAddresses& addresses, Instant now);
  // Discards the session that no frame has confirmed in time, and returns its index.
  [[nodiscard]] std::optional<SessionIndex> expire_unconfirmed(Instant now);
  // No session, confirmed or not.
  [[nodiscard]] bool is_empty() const { return !current_ && !next_; }

  struct Opened {
    FrameKind kind = FrameKind::kProbe;
    ByteArray<kRouteHeaderSize> route_header{};  // media only
  };
  // Authenticates a frame and removes what the link added. Control payloads are decrypted in place; media
  // stay sealed for the egress. `header` is the decoded link header of `frame`: the caller needs it earlier,
  // to find the link by session index. Drops: kUnknownSession, kMalformed, kBadTag, kReplayedFrame.
  // `source`: the sender of the frame. It becomes the remote address when the frame confirms a session.
  [[nodiscard]] Result<Opened, DropReason> open(const LinkHeader& header, const Endpoint& source,
                                                PacketBuffer& frame, Instant now);

  // Adds the link's headers and tags around the payload of the buffer. Drops: kNoSession before the first
  // session may send, kSessionExhausted when the session has used up its sequence numbers. The buffer is then
  // unchanged.
  [[nodiscard]] Result<Success, DropReason> seal_probe(PacketBuffer& empty, Instant now);
  [[nodiscard]] Result<Success, DropReason> seal_control(PacketBuffer& payload, Instant now);
  [[nodiscard]] Result<Success, DropReason> seal_media(PacketBuffer& sealed_media, Bytes route_header,
                                                       Instant now);

  // Raises the probe rate in both directions while flows or their standbys use this link.
  void set_in_use(bool in_use) { in_use_ = in_use; }
  [[nodiscard]] bool in_use() const { return in_use_; }

  // All frames that arrived before `now` were given to open(): silence counts up to `now`.
  void note_read(Instant now) { liveness_.on_read(now); }
  // Evaluates liveness; read state() afterwards.
  void evaluate(Instant now);
  void end_hold_up() { liveness_.end_hold_up(); }
  [[nodiscard]] bool probe_due(Instant now) const { return can_send() && now >= next_probe_; }
  [[nodiscard]] Instant next_timeout() const;

  [[nodiscard]] NodeId neighbor() const { return neighbor_; }
  [[nodiscard]] const Endpoint& local() const { return addresses_.local; }
  [[nodiscard]] const Endpoint& remote() const { return addresses_.remote; }
  // A confirmed session exists.
  [[nodiscard]] bool can_send() const { return current_.has_value(); }
  // Our index of the current session; 0 without one.
  [[nodiscard]] SessionIndex session() const {
    return current_ ? current_->keys.local_index : SessionIndex{};
  }
  [[nodiscard]] LinkState state() const { return liveness_.state(); }
  [[nodiscard]] const Liveness& liveness() const { return liveness_; }
  [[nodiscard]] Duration rtt() const { return rtt_; }
  [[nodiscard]] Duration jitter() const { return jitter_; }
  // Frames of the current session without an echo from the neighbor.
  [[nodiscard]] std::uint32_t unechoed() const { return current_ ? current_->meter.unechoed() : 0; }
  [[nodiscard]] ProbeInterval tx_interval() const { return announced_; }
  // Session indexes of incoming frames of this link; 0 where a slot is empty.
  [[nodiscard]] std::array<SessionIndex, 3> local_indexes() const;
  // The session has used most of its sequence numbers: start a new handshake.
  [[nodiscard]] bool needs_rekey() const { return current_ && current_->next_sequence > kRekeyAfterFrames; }
  [[nodiscard]] LinkSample take_sample();

 private:
  static constexpr std::uint32_t kRekeyAfterFrames = 1u << 30;
  static constexpr std::uint32_t kMaxFrames = 1u << 31;

  struct Session {
    LinkSession keys;
    LinkAddresses addresses;
    Instant installed_at{};
    std::uint32_t next_sequence = 1;
    ReplayWindow<1024> replay;
    LinkMeter meter;
  };

  [[nodiscard]] Session* find(SessionIndex local_index);
  void promote(Session session, Instant now);
  void note_heard(Session& session, const LinkHeader& header, std::size_t size, Instant now);
  void confirm(const Endpoint& source, Instant now);
  [[nodiscard]] Result<Success, DropReason> check_sendable() const;
  [[nodiscard]] LinkHeader next_header(FrameKind kind, Instant now);
  void note_sent(std::size_t size, Instant now);
  void choose_interval();

  NodeId neighbor_;
  LinkConfig config_;
  LinkAddresses addresses_;  // of current_
  // previous_: its frames are accepted after a rekey. next_: created as responder, without a frame yet.
  std::optional<Session> current_;
  std::optional<Session> previous_;
  std::optional<Session> next_;
  Liveness liveness_;
  Duration rtt_{};
  Duration jitter_{};
  bool in_use_ = false;
  ProbeInterval peer_wants_;
  ProbeInterval pace_;       // interval of our probes
  ProbeInterval announced_;  // interval that we promise; longer than the pace while a slow-down is announced
  int slow_down_frames_ = 0;
  Instant next_probe_{};
};

}  // namespace overlay
