// A link-state record: what one node announces about itself and its links. Signed by the node and flooded to
// all nodes. A value, used on the thread of the control plane only.
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-------------------------------+---------------+---------------+
// |    age, s  (not signed)       |  version = 1  |     flags     |  signed from the version on
// +-------------------------------+---------------+---------------+
// |            origin             |          lifetime, s          |
// +-------------------------------+-------------------------------+
// |                             epoch                             |
// |                           (64 bits)                           |
// +---------------------------------------------------------------+
// |                           sequence                            |
// +---------------+---------------+---------------+---------------+
// |    ciphers    |   endpoints   |  media keys   |   relayed     |  counts, but for ciphers
// +---------------+---------------+---------------+---------------+
// |   prefixes    |  adjacencies  |      certificate length       |
// +---------------+---------------+-------------------------------+
//   certificate
//   endpoints    { family 4|6 (8) | address (32|128) | port (16) }
//   media keys   { X25519 public (256) }                                        newest first
//   relayed      { family (8) | address | claimed at, Unix s (32) }
//   prefixes     { family (8) | length (8) | address, host bits zero }
//   adjacencies  { neighbor (16) | state (8) | load (8) | rtt, 0.1 ms (16) | jitter, 0.1 ms (16) |
//                  loss origin->neighbor, 1/65535 (16) }                        ascending by neighbor
//   signature    (512)                                                          not signed
//
// The encoding is canonical: a decoded record encodes to the same bytes, so a forwarded record keeps its
// signature.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "routing/vocabulary.h"

namespace routing {

inline constexpr std::size_t kMaxRecordBytes = 1350;
inline constexpr std::size_t kMaxCertificateBytes = 400;
inline constexpr std::size_t kMaxRecordEndpoints = 2;
inline constexpr std::size_t kMaxMediaKeys = 2;
inline constexpr std::size_t kMaxRelayedAddresses = 4;
inline constexpr std::size_t kMaxAttachedPrefixes = 8;
inline constexpr std::size_t kMaxAdjacencies = 90;

// Identifies one version of the record of a node. The newest version has the greatest (epoch, sequence).
struct LinkStateKey {
  NodeId origin;
  std::uint64_t epoch = 0;     // grows with every start of the node
  std::uint32_t sequence = 0;  // grows with every record of the epoch

  auto operator<=>(const LinkStateKey&) const = default;
};

enum class AdjacencyState : std::uint8_t { kUp = 1, kSuspect = 2, kDown = 3 };

// One direction of a link, measured by its sending end.
struct Adjacency {
  NodeId neighbor;
  AdjacencyState state = AdjacencyState::kUp;
  std::uint8_t load = 0;  // 0 idle .. 255 full
  Duration rtt{};         // on the wire 0 .. 6.5535 s in steps of 0.1 ms
  Duration jitter{};      // likewise
  double loss = 0;        // origin -> neighbor, 0 .. 1; on the wire in steps of 1/65535

  bool operator==(const Adjacency&) const = default;
};

using MediaKey = ByteArray<32>;         // X25519 public key that media towards the origin are sealed to
using RecordSignature = ByteArray<64>;  // Ed25519

inline constexpr std::uint8_t kFlagDrained = 0x01;

// An address that the origin relays on. Several nodes may claim one address; see relayed_address_claims.h.
struct RelayedAddress {
  IpAddress address;
  std::uint32_t claimed_at_s = 0;  // Unix time since when this process of the origin claims it

  bool operator==(const RelayedAddress&) const = default;
};

struct LinkStateRecord {
  std::uint16_t age_s = 0;       // grows while the record travels; not signed
  std::uint16_t lifetime_s = 0;  // forgotten when age reaches it, unless refreshed
  std::uint8_t flags = 0;        // unknown bits are carried on
  LinkStateKey key;
  std::uint8_t openable_ciphers = 0;  // bit set, meaning owned by overlay/crypto
  ByteVector certificate;             // opaque here
  std::vector<Endpoint> endpoints;    // underlay, 1 or 2
  std::vector<MediaKey> media_keys;   // newest first
  std::vector<RelayedAddress> relayed_addresses;
  std::vector<IpPrefix> attached_prefixes;  // host bits zero
  std::vector<Adjacency> adjacencies;       // ascending by neighbor
  RecordSignature signature{};

  [[nodiscard]] NodeId origin() const { return key.origin; }
  [[nodiscard]] bool is_drained() const { return (flags & kFlagDrained) != 0; }
  [[nodiscard]] const Adjacency* find_adjacency(NodeId neighbor) const;
  bool operator==(const LinkStateRecord&) const = default;
};

// Fails when a count, an order or the size of the whole is out of bounds; the message names it.
[[nodiscard]] Result<ByteVector> encode(const LinkStateRecord& record);

// Shortens the lists of a node's own record until the record encodes. The first endpoints, media keys,
// addresses and prefixes stay. Of the adjacencies, those that are up stay before suspect ones before those
// that are down, and a short RTT before a long one. Returns the number of adjacencies that were removed.
std::size_t shorten(LinkStateRecord& record);

// The size in bytes of encode()'s result, without its checks.
[[nodiscard]] std::size_t encoded_size(const LinkStateRecord& record);

// `bytes` is exactly one record. Strict: anything that would not encode to the same bytes is an error.
[[nodiscard]] Result<LinkStateRecord> decode_link_state(Bytes bytes);

// The bytes that the origin signs, within an encoded record (which decodes).
[[nodiscard]] Bytes signed_part(Bytes encoded_record);
// The same for a record in memory, for signing and verifying. Empty if it does not encode.
[[nodiscard]] ByteVector signed_part(const LinkStateRecord& record);

}  // namespace routing
