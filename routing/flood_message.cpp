#include "routing/flood_message.h"

#include <algorithm>
#include <utility>

#include "overlay/base/wire.h"

namespace routing {
namespace {

using overlay::ByteReader;
using overlay::ByteWriter;

enum class Type : std::uint8_t { kUpdate = 1, kAck = 2, kDigest = 3, kRequest = 4, kSummary = 5 };

// The shortest record is its head and its signature.
constexpr std::size_t kMaxRecordsPerMessage = kMaxFloodMessageBytes / (28 + 64);

void write_head(ByteWriter& out, Type type, std::size_t count) {
  out.u8(static_cast<std::uint8_t>(type));
  out.u8(static_cast<std::uint8_t>(count));
}

void write_keys(ByteWriter& out, const std::vector<LinkStateKey>& keys) {
  for (const LinkStateKey& key : keys) {
    out.u16(key.origin.value());
    out.u64(key.epoch);
    out.u32(key.sequence);
  }
}

std::vector<LinkStateKey> read_keys(ByteReader& in, std::size_t count) {
  std::vector<LinkStateKey> keys;
  keys.reserve(count);
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    LinkStateKey key;
    key.origin = NodeId(in.u16());
    key.epoch = in.u64();
    key.sequence = in.u32();
    keys.push_back(key);
  }
  return keys;
}

// False when something does not fit.
bool write(ByteWriter& out, const FloodUpdate& update) {
  if (update.records.size() > kMaxRecordsPerMessage) return false;
  write_head(out, Type::kUpdate, update.records.size());
  for (const LinkStateRecord& record : update.records) {
    const Result<ByteVector> encoded = encode(record);
    if (!encoded) return false;
    out.u16(static_cast<std::uint16_t>(encoded->size()));
    out.bytes(*encoded);
  }
  return true;
}

bool write(ByteWriter& out, const FloodAck& ack) {
  write_head(out, Type::kAck, ack.keys.size());
  write_keys(out, ack.keys);
  return ack.keys.size() <= kMaxKeysPerMessage;
}

bool write(ByteWriter& out, const FloodDigest& digest) {
  write_head(out, Type::kDigest, digest.keys.size());
  out.u16(digest.first.value());
  out.u16(digest.last.value());
  write_keys(out, digest.keys);
  return digest.keys.size() <= kMaxKeysPerMessage;
}

bool write(ByteWriter& out, const FloodRequest& request) {
  write_head(out, Type::kRequest, request.keys.size());
  write_keys(out, request.keys);
  return request.keys.size() <= kMaxKeysPerMessage;
}

bool write(ByteWriter& out, const FloodSummary& summary) {
  write_head(out, Type::kSummary, 0);
  out.u64(summary.fingerprint);
  return true;
}

Result<FloodPayload> read_update(ByteReader& in, std::size_t count) {
  FloodUpdate update;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t length = in.u16();
    Result<LinkStateRecord> record = decode_link_state(in.bytes(length));
    if (!record) return failure("flood update: " + record.error().message);
    update.records.push_back(*std::move(record));
  }
  return FloodPayload(std::move(update));
}

// Within first..last and strictly ascending by origin.
bool is_well_formed(const FloodDigest& digest) {
  const auto not_ascending = [](const LinkStateKey& a, const LinkStateKey& b) {
    return a.origin >= b.origin;
  };
  if (digest.first > digest.last) return false;
  if (digest.keys.empty()) return true;
  if (digest.keys.front().origin < digest.first || digest.keys.back().origin > digest.last) return false;
  return std::ranges::adjacent_find(digest.keys, not_ascending) == digest.keys.end();
}

Result<FloodPayload> read_digest(ByteReader& in, std::size_t count) {
  FloodDigest digest;
  digest.first = NodeId(in.u16());
  digest.last = NodeId(in.u16());
  digest.keys = read_keys(in, count);
  if (!is_well_formed(digest)) return failure("flood digest: origins not ascending within their range");
  return FloodPayload(std::move(digest));
}

Result<FloodPayload> read_payload(ByteReader& in) {
  const auto type = static_cast<Type>(in.u8());
  const std::size_t count = in.u8();
  switch (type) {
    case Type::kUpdate:
      return read_update(in, count);
    case Type::kAck:
      return FloodPayload(FloodAck{read_keys(in, count)});
    case Type::kDigest:
      return read_digest(in, count);
    case Type::kRequest:
      return FloodPayload(FloodRequest{read_keys(in, count)});
    case Type::kSummary:
      if (count != 0) return failure("flood summary: carries a count");
      return FloodPayload(FloodSummary{in.u64()});
  }
  return failure("flood message: unknown type");
}

}  // namespace

Result<ByteVector> encode(const FloodPayload& payload) {
  ByteVector bytes(kMaxFloodMessageBytes);
  ByteWriter out(bytes);
  const bool fits = std::visit([&](const auto& message) { return write(out, message); }, payload);
  if (!fits || !out.ok()) return failure("flood message: longer than one message may be");
  bytes.resize(out.size());
  return bytes;
}

Result<FloodPayload> decode_flood_message(Bytes bytes) {
  if (bytes.size() > kMaxFloodMessageBytes) return failure("flood message: too long");
  ByteReader in(bytes);
  Result<FloodPayload> payload = read_payload(in);
  if (payload && !in.done()) return failure("flood message: truncated or followed by more");
  return payload;
}

}  // namespace routing
