#include "relay/control_plane/known_hubs.h"

#include <algorithm>
#include <string>

#include <sodium.h>

#include "overlay/base/wire.h"

namespace relay {
namespace {

constexpr overlay::ByteArray<4> kMagic{'C', 'W', 'K', 'H'};
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kChecksumBytes = 16;

overlay::ByteArray<kChecksumBytes> checksum(overlay::Bytes content) {
  overlay::ByteArray<kChecksumBytes> sum{};
  ::crypto_generichash(sum.data(), sum.size(), content.data(), content.size(), nullptr, 0);
  return sum;
}

overlay::NeighborAddress address_of(const routing::LinkStateRecord& record,
                                    const overlay::Certificate& certificate) {
  return {
      .endpoint = record.endpoints.front(), .key = certificate.exchange_key, .expected = certificate.node};
}

bool is_same(const overlay::NeighborAddress& a, const overlay::NeighborAddress& b) {
  return a.endpoint == b.endpoint && a.key == b.key;
}

// The certificate of a record that its origin has signed. The dates are not checked.
overlay::Result<overlay::Certificate> verified_certificate(const routing::LinkStateRecord& record,
                                                           const overlay::SigningPublicKey& ca) {
  auto certificate = overlay::decode_certificate(record.certificate);
  if (!certificate) return overlay::failure(certificate.error().message);
  if (certificate->node != record.origin() || record.endpoints.empty())
    return overlay::failure("a record has no address or another node's certificate");
  const auto trusted = overlay::verify_certificate(*certificate, ca, certificate->not_before);
  if (!trusted) return overlay::failure(std::string(overlay::to_string(trusted.error())));
  if (!overlay::verify_signature(certificate->signing_key, routing::signed_part(record), record.signature))
    return overlay::failure("a record has a wrong signature");
  return certificate;
}

}  // namespace

void KnownHubs::note(std::shared_ptr<const routing::LinkStateRecord> record,
                     const overlay::Certificate& certificate, overlay::Instant now) {
  if (record->endpoints.empty()) return;
  const overlay::NeighborAddress address = address_of(*record, certificate);
  const overlay::NodeId node = record->origin();
  const auto known = hubs_.find(node);
  const bool has_changed = known == hubs_.end() || !is_same(known->second.address, address);
  if (known == hubs_.end()) make_room();
  hubs_[node] = {.record = std::move(record), .address = address, .heard_at = now};
  if (has_changed) ++revision_;
}

void KnownHubs::make_room() {
  if (hubs_.size() < kMaxHubs) return;
  hubs_.erase(std::ranges::min_element(hubs_, {}, [](const auto& entry) { return entry.second.heard_at; }));
}

std::vector<overlay::NeighborAddress> KnownHubs::without_record(const routing::LinkStateDb& db) const {
  std::vector<overlay::NeighborAddress> missing;
  for (const auto& [node, hub] : hubs_)
    if (node != db.self() && db.find(node) == nullptr) missing.push_back(hub.address);
  return missing;
}

overlay::ByteVector KnownHubs::encode() const {
  overlay::ByteVector file(kMaxFileBytes);
  overlay::ByteWriter out(file);
  out.bytes(kMagic);
  out.u8(kVersion);
  out.u16(static_cast<std::uint16_t>(hubs_.size()));
  for (const auto& [node, hub] : hubs_) {
    const auto record = routing::encode(*hub.record);
    CHECK(record.has_value());  // a record that was decoded or signed encodes
    out.u16(static_cast<std::uint16_t>(record->size()));
    out.bytes(*record);
  }
  out.bytes(checksum(overlay::Bytes(file).first(out.size())));
  file.resize(out.size());
  return file;
}

overlay::Result<KnownHubs> KnownHubs::decode(overlay::Bytes file, const overlay::SigningPublicKey& ca) {
  if (file.size() < kChecksumBytes || file.size() > kMaxFileBytes)
    return overlay::failure("it has " + std::to_string(file.size()) + " bytes");
  const overlay::Bytes content = file.first(file.size() - kChecksumBytes);
  if (!std::ranges::equal(checksum(content), file.last(kChecksumBytes)))
    return overlay::failure("its checksum is wrong");
  overlay::ByteReader in(content);
  if (in.array<kMagic.size()>() != kMagic || in.u8() != kVersion)
    return overlay::failure("it is no list of hubs of this version");
  KnownHubs known;
  const std::size_t count = in.u16();
  for (std::size_t i = 0; i < count && in.ok() && known.size() < kMaxHubs; ++i) {
    auto record = routing::decode_link_state(in.bytes(in.u16()));
    if (!record) return overlay::failure(record.error().message);
    const auto certificate = verified_certificate(*record, ca);
    if (!certificate) return overlay::failure(certificate.error().message);
    known.note(std::make_shared<const routing::LinkStateRecord>(std::move(record).value()), *certificate, {});
  }
  if (!in.done()) return overlay::failure("it is cut short or has bytes at its end");
  return known;
}

}  // namespace relay
