#include "routing/link_state.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>

#include "overlay/base/wire.h"

namespace routing {
namespace {

using overlay::ByteReader;
using overlay::ByteWriter;

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kSignedOffset = 2;  // past the age
constexpr std::size_t kHeadBytes = 28;
constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kAdjacencyBytes = 10;
constexpr Duration kDurationStep = std::chrono::microseconds(100);

std::uint16_t to_steps(Duration duration) {
  const auto steps = (duration + kDurationStep / 2) / kDurationStep;
  return static_cast<std::uint16_t>(std::clamp<Duration::rep>(steps, 0, 0xffff));
}

std::uint16_t to_steps(double ratio) {
  return static_cast<std::uint16_t>(std::lround(std::clamp(ratio, 0.0, 1.0) * 0xffff));
}

void write(ByteWriter& out, const IpAddress& address) {
  out.bytes(address.octets());
}

// A failed read returns an address without a family; the caller checks the reader once, at the end.
IpAddress read_address(ByteReader& in, std::uint8_t family) {
  if (family == 4) return IpAddress::v4(in.array<4>());
  if (family == 6) return IpAddress::v6(in.array<16>());
  return {};
}

bool has_zero_host_bits(const IpPrefix& prefix) {
  const Bytes octets = prefix.address.octets();
  if (prefix.length > octets.size() * 8) return false;
  for (std::size_t bit = prefix.length; bit < octets.size() * 8; ++bit)
    if ((octets[bit / 8] >> (7 - bit % 8)) & 1) return false;
  return true;
}

bool has_family(const IpAddress& address) {
  return address.family() != overlay::AddressFamily::kNone;
}

bool is_valid(AdjacencyState state) {
  return state >= AdjacencyState::kUp && state <= AdjacencyState::kDown;
}

// Checks every record that is sent or received.
overlay::Status check(const LinkStateRecord& record) {
  if (record.key.origin == kNoNode) return failure("no origin");
  if (record.certificate.size() > kMaxCertificateBytes) return failure("certificate too long");
  if (record.endpoints.size() > kMaxRecordEndpoints) return failure("too many endpoints");
  if (record.media_keys.size() > kMaxMediaKeys) return failure("too many media keys");
  if (record.relayed_addresses.size() > kMaxRelayedAddresses) return failure("too many relayed addresses");
  if (record.attached_prefixes.size() > kMaxAttachedPrefixes) return failure("too many prefixes");
  if (record.adjacencies.size() > kMaxAdjacencies) return failure("too many adjacencies");
  for (const Endpoint& endpoint : record.endpoints)
    if (!has_family(endpoint.address)) return failure("endpoint without an address");
  if (!std::ranges::all_of(record.relayed_addresses, has_family, &RelayedAddress::address))
    return failure("relayed address of no family");
  for (const IpPrefix& prefix : record.attached_prefixes)
    if (!has_family(prefix.address) || !has_zero_host_bits(prefix)) return failure("prefix with host bits");
  NodeId previous = kNoNode;
  for (const Adjacency& adjacency : record.adjacencies) {
    if (adjacency.neighbor <= previous) return failure("adjacencies not ascending");
    if (adjacency.neighbor == record.key.origin) return failure("adjacency with itself");
    if (!is_valid(adjacency.state)) return failure("unknown adjacency state");
    previous = adjacency.neighbor;
  }
  return overlay::ok();
}

void write_lists(ByteWriter& out, const LinkStateRecord& record) {
  out.bytes(record.certificate);
  for (const Endpoint& endpoint : record.endpoints) {
    out.u8(static_cast<std::uint8_t>(endpoint.address.family()));
    write(out, endpoint.address);
    out.u16(endpoint.port);
  }
  for (const MediaKey& key : record.media_keys)
    out.bytes(key);
  for (const RelayedAddress& relayed : record.relayed_addresses) {
    out.u8(static_cast<std::uint8_t>(relayed.address.family()));
    write(out, relayed.address);
    out.u32(relayed.claimed_at_s);
  }
  for (const IpPrefix& prefix : record.attached_prefixes) {
    out.u8(static_cast<std::uint8_t>(prefix.address.family()));
    out.u8(prefix.length);
    write(out, prefix.address);
  }
  for (const Adjacency& adjacency : record.adjacencies) {
    out.u16(adjacency.neighbor.value());
    out.u8(static_cast<std::uint8_t>(adjacency.state));
    out.u8(adjacency.load);
    out.u16(to_steps(adjacency.rtt));
    out.u16(to_steps(adjacency.jitter));
    out.u16(to_steps(adjacency.loss));
  }
}

struct Counts {
  std::uint8_t endpoints = 0;
  std::uint8_t media_keys = 0;
  std::uint8_t relayed = 0;
  std::uint8_t prefixes = 0;
  std::uint8_t adjacencies = 0;
  std::uint16_t certificate = 0;
};

// Counts are bounded before anything is reserved or looped over.
bool within_bounds(const Counts& counts) {
  return counts.endpoints <= kMaxRecordEndpoints && counts.media_keys <= kMaxMediaKeys &&
         counts.relayed <= kMaxRelayedAddresses && counts.prefixes <= kMaxAttachedPrefixes &&
         counts.adjacencies <= kMaxAdjacencies && counts.certificate <= kMaxCertificateBytes;
}

Adjacency read_adjacency(ByteReader& in) {
  Adjacency adjacency;
  adjacency.neighbor = NodeId(in.u16());
  adjacency.state = static_cast<AdjacencyState>(in.u8());
  adjacency.load = in.u8();
  adjacency.rtt = in.u16() * kDurationStep;
  adjacency.jitter = in.u16() * kDurationStep;
  adjacency.loss = in.u16() / 65535.0;
  return adjacency;
}

void read_lists(ByteReader& in, const Counts& counts, LinkStateRecord& record) {
  const Bytes certificate = in.bytes(counts.certificate);
  record.certificate.assign(certificate.begin(), certificate.end());
  for (int i = 0; i < counts.endpoints; ++i) {
    const std::uint8_t family = in.u8();
    const IpAddress address = read_address(in, family);
    record.endpoints.push_back({address, in.u16()});
  }
  for (int i = 0; i < counts.media_keys; ++i)
    record.media_keys.push_back(in.array<32>());
  for (int i = 0; i < counts.relayed; ++i) {
    const std::uint8_t family = in.u8();
    const IpAddress address = read_address(in, family);
    record.relayed_addresses.push_back({.address = address, .claimed_at_s = in.u32()});
  }
  for (int i = 0; i < counts.prefixes; ++i) {
    const std::uint8_t family = in.u8();
    const std::uint8_t length = in.u8();
    record.attached_prefixes.push_back({read_address(in, family), length});
  }
  for (int i = 0; i < counts.adjacencies; ++i)
    record.adjacencies.push_back(read_adjacency(in));
}

}  // namespace

const Adjacency* LinkStateRecord::find_adjacency(NodeId neighbor) const {
  const auto found = std::ranges::lower_bound(adjacencies, neighbor, {}, &Adjacency::neighbor);
  return found != adjacencies.end() && found->neighbor == neighbor ? &*found : nullptr;
}

Result<ByteVector> encode(const LinkStateRecord& record) {
  if (const auto checked = check(record); !checked)
    return failure("link-state record of node " + std::to_string(record.key.origin.value()) + ": " +
                   checked.error().message);
  ByteVector bytes(kMaxRecordBytes);
  ByteWriter out(bytes);
  out.u16(record.age_s);
  out.u8(kVersion);
  out.u8(record.flags);
  out.u16(record.key.origin.value());
  out.u16(record.lifetime_s);
  out.u64(record.key.epoch);
  out.u32(record.key.sequence);
  out.u8(record.openable_ciphers);
  out.u8(static_cast<std::uint8_t>(record.endpoints.size()));
  out.u8(static_cast<std::uint8_t>(record.media_keys.size()));
  out.u8(static_cast<std::uint8_t>(record.relayed_addresses.size()));
  out.u8(static_cast<std::uint8_t>(record.attached_prefixes.size()));
  out.u8(static_cast<std::uint8_t>(record.adjacencies.size()));
  out.u16(static_cast<std::uint16_t>(record.certificate.size()));
  write_lists(out, record);
  out.bytes(record.signature);
  if (!out.ok())
    return failure("link-state record of node " + std::to_string(record.key.origin.value()) +
                   ": longer than " + std::to_string(kMaxRecordBytes) +
                   " bytes; advertise fewer adjacencies");
  bytes.resize(out.size());
  return bytes;
}

std::size_t shorten(LinkStateRecord& record) {
  record.endpoints.resize(std::min(record.endpoints.size(), kMaxRecordEndpoints));
  record.media_keys.resize(std::min(record.media_keys.size(), kMaxMediaKeys));
  record.relayed_addresses.resize(std::min(record.relayed_addresses.size(), kMaxRelayedAddresses));
  record.attached_prefixes.resize(std::min(record.attached_prefixes.size(), kMaxAttachedPrefixes));
  const std::size_t size = encoded_size(record) - record.adjacencies.size() * kAdjacencyBytes;
  const std::size_t room = (kMaxRecordBytes - std::min(size, kMaxRecordBytes)) / kAdjacencyBytes;
  const std::size_t before = record.adjacencies.size();
  const std::size_t after = std::min({before, room, kMaxAdjacencies});
  if (after == before) return 0;
  std::ranges::sort(record.adjacencies, {},
                    [](const Adjacency& a) { return std::tuple(a.state, a.rtt, a.neighbor); });
  record.adjacencies.resize(after);
  std::ranges::sort(record.adjacencies, {}, &Adjacency::neighbor);
  return before - after;
}

std::size_t encoded_size(const LinkStateRecord& record) {
  std::size_t size = kHeadBytes + record.certificate.size() + kSignatureBytes;
  for (const Endpoint& endpoint : record.endpoints)
    size += 3 + endpoint.address.octets().size();
  size += record.media_keys.size() * sizeof(MediaKey);
  for (const RelayedAddress& relayed : record.relayed_addresses)
    size += 5 + relayed.address.octets().size();
  for (const IpPrefix& prefix : record.attached_prefixes)
    size += 2 + prefix.address.octets().size();
  return size + record.adjacencies.size() * kAdjacencyBytes;
}

Result<LinkStateRecord> decode_link_state(Bytes bytes) {
  if (bytes.size() > kMaxRecordBytes) return failure("link-state record: too long");
  ByteReader in(bytes);
  LinkStateRecord record;
  record.age_s = in.u16();
  if (in.u8() != kVersion) return failure("link-state record: unknown version");
  record.flags = in.u8();
  record.key.origin = NodeId(in.u16());
  record.lifetime_s = in.u16();
  record.key.epoch = in.u64();
  record.key.sequence = in.u32();
  record.openable_ciphers = in.u8();
  Counts counts;
  counts.endpoints = in.u8();
  counts.media_keys = in.u8();
  counts.relayed = in.u8();
  counts.prefixes = in.u8();
  counts.adjacencies = in.u8();
  counts.certificate = in.u16();
  if (!within_bounds(counts)) return failure("link-state record: a count is out of bounds");
  read_lists(in, counts, record);
  record.signature = in.array<kSignatureBytes>();
  if (!in.done()) return failure("link-state record: truncated or followed by more");
  if (const auto checked = check(record); !checked)
    return failure("link-state record: " + checked.error().message);
  return record;
}

Bytes signed_part(Bytes encoded_record) {
  if (encoded_record.size() < kSignedOffset + kSignatureBytes) return {};
  return encoded_record.subspan(kSignedOffset, encoded_record.size() - kSignedOffset - kSignatureBytes);
}

ByteVector signed_part(const LinkStateRecord& record) {
  const Result<ByteVector> encoded = encode(record);
  if (!encoded) return {};
  const Bytes part = signed_part(Bytes(*encoded));
  return {part.begin(), part.end()};
}

}  // namespace routing
