// The messages by which neighbors keep their link-state databases equal.
//
//  0                   1                   2                   3
// +---------------+---------------+-------------------------------+
// |     type      |     count     |                               |
// +---------------+---------------+                               |
//   1 update   count x { length (16) | record }
//   2 ack      count x key
//   3 digest   first origin (16) | last origin (16) | count x key, ascending by origin: everything that the
//              sender has of the origins first..last, both included
//   4 request  count x key          (send me this version or a newer one)
//   5 summary  count 0 | fingerprint of the sender's database (64): send me your digest if yours differs
//   key      { origin (16) | epoch (64) | sequence (32) }
#pragma once

#include <cstddef>
#include <variant>
#include <vector>

#include "routing/link_state.h"

namespace routing {

inline constexpr std::size_t kMaxFloodMessageBytes = 1360;
inline constexpr std::size_t kEncodedKeyBytes = 14;
// Fits into every message type: (1360 - 6) / 14.
inline constexpr std::size_t kMaxKeysPerMessage = 96;

struct FloodUpdate {
  std::vector<LinkStateRecord> records;
  bool operator==(const FloodUpdate&) const = default;
};
struct FloodAck {
  std::vector<LinkStateKey> keys;
  bool operator==(const FloodAck&) const = default;
};
struct FloodDigest {
  NodeId first;
  NodeId last;
  std::vector<LinkStateKey> keys;
  bool operator==(const FloodDigest&) const = default;
};
struct FloodRequest {
  std::vector<LinkStateKey> keys;
  bool operator==(const FloodRequest&) const = default;
};
struct FloodSummary {
  std::uint64_t fingerprint = 0;
  bool operator==(const FloodSummary&) const = default;
};
using FloodPayload = std::variant<FloodUpdate, FloodAck, FloodDigest, FloodRequest, FloodSummary>;

// Fails when the message would exceed kMaxFloodMessageBytes or a record does not encode.
[[nodiscard]] Result<ByteVector> encode(const FloodPayload& payload);
[[nodiscard]] Result<FloodPayload> decode_flood_message(Bytes bytes);

}  // namespace routing
