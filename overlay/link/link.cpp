#include "overlay/link/link.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "overlay/base/wire.h"
#include "overlay/crypto/control_cipher.h"
#include "overlay/crypto/header_mac.h"

namespace overlay {
namespace {

constexpr std::size_t kControlOverhead = kLinkHeaderSize + kHeaderTagSize;

// A longer interval is announced in this many frames before it applies, so that one lost frame does not look
// like a silent link.
constexpr int kSlowDownAnnouncements = 5;

}  // namespace

Link::Link(NodeId neighbor, LinkConfig config)
    : neighbor_(neighbor),
      config_(config),
      liveness_(config.liveness),
      peer_wants_(ProbeInterval::from(config.probe.idle)),
      pace_(ProbeInterval::from(config.probe.idle)),
      announced_(pace_) {}

void Link::install(const LinkSession& session, const LinkAddresses& addresses, Instant now) {
  Session made{.keys = session,
               .addresses = addresses,
               .installed_at = now,
               .next_sequence = 1,
               .replay = {},
               .meter = {}};
  if (session.initiator) {
    promote(std::move(made), now);
    return;
  }
  next_.emplace(std::move(made));
}

void Link::promote(Session session, Instant now) {
  if (current_) previous_.emplace(std::move(*current_));
  current_.emplace(std::move(session));
  addresses_ = current_->addresses;
  liveness_.restart(now);
  next_probe_ = now;
}

void Link::confirm(const Endpoint& source, Instant now) {
  Session confirmed = std::move(*next_);
  next_.reset();
  confirmed.addresses.remote = source;
  promote(std::move(confirmed), now);
}

std::optional<SessionIndex> Link::expire_unconfirmed(Instant now) {
  if (!next_ || now < next_->installed_at + kConfirmWithin) return std::nullopt;
  const SessionIndex index = next_->keys.local_index;
  next_.reset();
  return index;
}

Link::Session* Link::find(SessionIndex local_index) {
  for (auto* slot : {&current_, &next_, &previous_})
    if (*slot && (*slot)->keys.local_index == local_index) return &**slot;
  return nullptr;
}

std::array<SessionIndex, 3> Link::local_indexes() const {
  const auto index_of = [](const std::optional<Session>& s) {
    return s ? s->keys.local_index : SessionIndex{};
  };
  return {index_of(current_), index_of(next_), index_of(previous_)};
}

Result<Link::Opened, DropReason> Link::open(const LinkHeader& header, const Endpoint& source,
                                            PacketBuffer& frame, Instant now) {
  const std::size_t size = frame.size();
  Session* session = find(header.session);
  if (session == nullptr) return Unexpected(DropReason::kUnknownSession);

  const std::size_t covered = kLinkHeaderSize + (header.kind == FrameKind::kMedia ? kRouteHeaderSize : 0);
  if (size < covered + kHeaderTagSize) return Unexpected(DropReason::kMalformed);
  const Bytes authenticated = std::as_const(frame).bytes().first(covered);
  const Bytes tag = std::as_const(frame).bytes().subspan(covered, kHeaderTagSize);
  const DirectionKeys& keys = session->keys.keys.receive;
  if (!verify_header_tag(keys.header, authenticated, tag)) return Unexpected(DropReason::kBadTag);

  Opened opened{.kind = header.kind};
  if (header.kind == FrameKind::kMedia)
    std::memcpy(opened.route_header.data(), authenticated.data() + kLinkHeaderSize, kRouteHeaderSize);
  if (header.kind == FrameKind::kControl) {
    ByteArray<kLinkHeaderSize> associated;
    std::memcpy(associated.data(), authenticated.data(), kLinkHeaderSize);
    frame.drop_front(covered + kHeaderTagSize);
    if (!open_control(keys.control, header.sequence, associated, frame))
      return Unexpected(DropReason::kBadTag);
  } else {
    frame.drop_front(covered + kHeaderTagSize);
  }
  if (!session->replay.accept(header.sequence)) return Unexpected(DropReason::kReplayedFrame);
  if (next_ && session == &*next_) {
    confirm(source, now);
    session = &*current_;
  }
  note_heard(*session, header, size, now);
  return opened;
}

void Link::note_heard(Session& session, const LinkHeader& header, std::size_t size, Instant now) {
  session.meter.on_heard(header, size, now, !liveness_.is_late(now));
  if (&session == &*current_) {
    liveness_.on_heard(header, now);
    rtt_ = session.meter.rtt();
    jitter_ = session.meter.jitter();
  } else {
    // The sequence numbers of another session are not comparable with those of the current one.
    LinkHeader without_echo = header;
    without_echo.echo_sequence = 0;
    liveness_.on_heard(without_echo, now);
  }
  peer_wants_ = header.want_interval;
  choose_interval();
}

void Link::choose_interval() {
  const auto own = ProbeInterval::from(in_use_ ? config_.probe.fast : config_.probe.idle);
  const auto wanted = std::min(own, std::max(peer_wants_, ProbeInterval::from(config_.probe.fast)));
  if (wanted <= pace_) {
    pace_ = announced_ = wanted;
    return;
  }
  if (wanted == announced_) return;
  announced_ = wanted;
  slow_down_frames_ = kSlowDownAnnouncements;
}

LinkHeader Link::next_header(FrameKind kind, Instant now) {
  choose_interval();
  Session& session = *current_;
  LinkHeader header;
  header.kind = kind;
  header.heard = liveness_.heard_state();
  header.tx_interval = announced_;
  header.want_interval = ProbeInterval::from(in_use_ ? config_.probe.fast : config_.probe.idle);
  header.session = session.keys.remote_index;
  header.sequence = session.next_sequence++;
  header.send_time_us = to_wire_us(now);
  header.echo_sequence = session.meter.highest_heard();
  header.echo_time_us = session.meter.echo_time_us();
  header.echo_hold_us = session.meter.echo_hold_us(now);
  header.heard_count = session.meter.heard_count();
  return header;
}

void Link::note_sent(std::size_t size, Instant now) {
  Session& session = *current_;
  const std::uint32_t sequence = session.next_sequence - 1;
  session.meter.on_sent(sequence, size);
  liveness_.on_sent(sequence, now);
  if (slow_down_frames_ > 0 && --slow_down_frames_ == 0) pace_ = announced_;
  // Jitter of 10 % prevents that the probes of many links synchronise (RFC 5880 section 6.8.7).
  const Duration spread = pace_.duration() / 10;
  next_probe_ = now + pace_.duration() - spread * (sequence * 7 % 10) / 10;
}

Result<Success, DropReason> Link::check_sendable() const {
  if (!can_send()) return Unexpected(DropReason::kNoSession);
  if (current_->next_sequence >= kMaxFrames) return Unexpected(DropReason::kSessionExhausted);
  return Success{};
}

Result<Success, DropReason> Link::seal_probe(PacketBuffer& empty, Instant now) {
  if (const auto sendable = check_sendable(); !sendable) {
    next_probe_ = now + pace_.duration();
    return sendable;
  }
  const LinkHeader header = next_header(FrameKind::kProbe, now);
  const MutableBytes frame = empty.prepend(kControlOverhead);
  encode_link_header(header, frame);
  write_header_tag(current_->keys.keys.send.header, frame.first(kLinkHeaderSize),
                   frame.subspan(kLinkHeaderSize));
  note_sent(empty.size(), now);
  return Success{};
}

Result<Success, DropReason> Link::seal_control(PacketBuffer& payload, Instant now) {
  if (const auto sendable = check_sendable(); !sendable) return sendable;
  const LinkHeader header = next_header(FrameKind::kControl, now);
  ByteArray<kLinkHeaderSize> encoded;
  encode_link_header(header, encoded);
  seal_control_payload(current_->keys.keys.send.control, header.sequence, encoded, payload);
  const MutableBytes frame = payload.prepend(kControlOverhead);
  std::memcpy(frame.data(), encoded.data(), encoded.size());
  write_header_tag(current_->keys.keys.send.header, frame.first(kLinkHeaderSize),
                   frame.subspan(kLinkHeaderSize, kHeaderTagSize));
  note_sent(payload.size(), now);
  return Success{};
}

Result<Success, DropReason> Link::seal_media(PacketBuffer& sealed_media, Bytes route_header, Instant now) {
  if (const auto sendable = check_sendable(); !sendable) return sendable;
  DCHECK(route_header.size() == kRouteHeaderSize);
  const LinkHeader header = next_header(FrameKind::kMedia, now);
  const MutableBytes frame = sealed_media.prepend(kMediaOverhead);
  encode_link_header(header, frame);
  std::memcpy(frame.data() + kLinkHeaderSize, route_header.data(), kRouteHeaderSize);
  constexpr std::size_t kCovered = kLinkHeaderSize + kRouteHeaderSize;
  write_header_tag(current_->keys.keys.send.header, frame.first(kCovered),
                   frame.subspan(kCovered, kHeaderTagSize));
  note_sent(sealed_media.size(), now);
  return Success{};
}

void Link::evaluate(Instant now) {
  if (!current_) return;
  liveness_.evaluate(now, rtt_, 2 * jitter_);
}

Instant Link::next_timeout() const {
  const Instant unconfirmed = next_ ? next_->installed_at + kConfirmWithin : kNever;
  if (!current_) return unconfirmed;
  return std::min({next_probe_, liveness_.next_timeout(), unconfirmed});
}

LinkSample Link::take_sample() {
  return current_ ? current_->meter.take_sample() : LinkSample{};
}

}  // namespace overlay
