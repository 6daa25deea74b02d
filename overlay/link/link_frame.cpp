#include "overlay/link/link_frame.h"

#include <algorithm>

#include "overlay/base/check.h"
#include "overlay/base/wire.h"

namespace overlay {
namespace {

constexpr std::uint8_t kDownBit = 0x80;
constexpr std::uint8_t kSuspectBit = 0x40;
constexpr std::uint8_t kKindMask = 0x0f;

std::uint8_t flags_of(const LinkHeader& header) {
  auto flags = static_cast<std::uint8_t>(header.kind);
  if (header.heard == HeardState::kDown) flags |= kDownBit;
  if (header.heard == HeardState::kSuspect) flags |= kSuspectBit;
  return flags;
}

HeardState heard_of(std::uint8_t flags) {
  if (flags & kDownBit) return HeardState::kDown;
  return flags & kSuspectBit ? HeardState::kSuspect : HeardState::kHeard;
}

}  // namespace

ProbeInterval ProbeInterval::from(Duration duration) {
  const auto units = std::clamp<Duration::rep>(duration / kUnit, 1, 255);
  return ProbeInterval(static_cast<std::uint8_t>(units));
}

void encode_link_header(const LinkHeader& header, MutableBytes out) {
  DCHECK(out.size() >= kLinkHeaderSize);
  ByteWriter writer(out);
  writer.u8(kLinkFrameType);
  writer.u8(flags_of(header));
  writer.u8(header.tx_interval.units());
  writer.u8(header.want_interval.units());
  writer.u32(header.session.value());
  writer.u32(header.sequence);
  writer.u32(header.send_time_us);
  writer.u32(header.echo_sequence);
  writer.u32(header.echo_time_us);
  writer.u32(header.echo_hold_us);
  writer.u32(header.heard_count);
}

std::optional<LinkHeader> decode_link_header(Bytes datagram) {
  if (datagram.size() < kLinkHeaderSize) return std::nullopt;
  ByteReader reader(datagram);
  if (reader.u8() != kLinkFrameType) return std::nullopt;
  const std::uint8_t flags = reader.u8();
  if ((flags & kKindMask) > static_cast<std::uint8_t>(FrameKind::kMedia)) return std::nullopt;

  LinkHeader header;
  header.kind = static_cast<FrameKind>(flags & kKindMask);
  header.heard = heard_of(flags);
  header.tx_interval = ProbeInterval::from_wire(reader.u8());
  header.want_interval = ProbeInterval::from_wire(reader.u8());
  header.session = SessionIndex(reader.u32());
  header.sequence = reader.u32();
  header.send_time_us = reader.u32();
  header.echo_sequence = reader.u32();
  header.echo_time_us = reader.u32();
  header.echo_hold_us = reader.u32();
  header.heard_count = reader.u32();
  return header;
}

std::uint32_t to_wire_us(Instant instant) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(instant.time_since_epoch()).count();
  return static_cast<std::uint32_t>(us);
}

}  // namespace overlay
