#include "overlay/forwarding/media_gate.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "overlay/base/wire.h"

namespace overlay {
namespace {

constexpr std::size_t kClearSize = 20;
constexpr std::size_t kAssociatedSize = 8 + kClearSize;
constexpr std::size_t kTagSize = 16;

std::size_t inner_size(AddressFamily family) {
  return family == AddressFamily::kV4 ? 6 + 2 * 4 : 6 + 2 * 16;
}

void encode_inner(const InnerHeader& inner, MutableBytes out) {
  ByteWriter writer(out);
  writer.u8(static_cast<std::uint8_t>(inner.source.address.family()));
  writer.u8(inner.traffic_class);
  writer.u16(inner.source.port);
  writer.u16(inner.destination.port);
  writer.bytes(inner.source.address.octets());
  writer.bytes(inner.destination.address.octets());
  DCHECK(writer.ok());
}

IpAddress read_address(ByteReader& reader, AddressFamily family) {
  if (family == AddressFamily::kV4) return IpAddress::v4(reader.array<4>());
  return IpAddress::v6(reader.array<16>());
}

std::optional<InnerHeader> decode_inner(Bytes bytes) {
  ByteReader reader(bytes);
  const auto family = static_cast<AddressFamily>(reader.u8());
  if (family != AddressFamily::kV4 && family != AddressFamily::kV6) return std::nullopt;
  InnerHeader inner;
  inner.traffic_class = reader.u8();
  inner.source.port = reader.u16();
  inner.destination.port = reader.u16();
  inner.source.address = read_address(reader, family);
  inner.destination.address = read_address(reader, family);
  if (!reader.ok()) return std::nullopt;
  return inner;
}

void encode_clear(const MediaKeyName& key, std::uint64_t counter, MutableBytes out) {
  ByteWriter writer(out);
  writer.u32(static_cast<std::uint32_t>(key.cipher) << 24);
  writer.u32(key.ingress_key_id);
  writer.u32(key.egress_key_id);
  writer.u64(counter);
}

ByteArray<kAssociatedSize> associated_data(NodeId ingress, NodeId egress, std::uint32_t flow_label,
                                           Bytes clear) {
  ByteArray<kAssociatedSize> data;
  ByteWriter writer(data);
  writer.u16(ingress.value());
  writer.u16(egress.value());
  writer.u32(flow_label);
  writer.bytes(clear);
  return data;
}

}  // namespace

void MediaGate::set_keyring(std::shared_ptr<const MediaKeyring> keyring) {
  keyring_ = std::move(keyring);
  if (windows_.size() <= kMaxWindows) return;
  std::erase_if(windows_, [&](const auto& window) {
    const auto keys = keyring_->find(window.first.node);
    return keys == keyring_->end() || std::ranges::find(keys->second.open, window.first.key,
                                                        &NamedMediaKey::name) == keys->second.open.end();
  });
}

Result<Success, DropReason> MediaGate::seal(NodeId egress, std::uint32_t flow_label, const InnerHeader& inner,
                                            PacketBuffer& payload) {
  const auto keys = keyring_ ? keyring_->find(egress) : MediaKeyring::const_iterator{};
  if (!keyring_ || keys == keyring_->end() || keys->second.seal.empty())
    return Unexpected(DropReason::kUnknownMediaKey);
  const NamedMediaKey& sealing = keys->second.seal.front();
  const std::size_t header_size = inner_size(inner.source.address.family());
  if (payload.headroom() < header_size + kClearSize || payload.tailroom() < kTagSize)
    return Unexpected(DropReason::kOversized);

  const std::uint64_t counter = ++next_counters_[{egress, sealing.name}];
  encode_inner(inner, payload.prepend(header_size));
  ByteArray<kClearSize> clear;
  encode_clear(sealing.name, counter, clear);
  sealing.key.seal(counter, associated_data(self_, egress, flow_label, clear), payload);
  std::memcpy(payload.prepend(kClearSize).data(), clear.data(), clear.size());
  return Success{};
}

Result<InnerHeader, DropReason> MediaGate::open(NodeId ingress, std::uint32_t flow_label,
                                                PacketBuffer& sealed) {
  if (sealed.size() < kClearSize + kTagSize) return Unexpected(DropReason::kMalformed);
  const auto keys = keyring_ ? keyring_->find(ingress) : MediaKeyring::const_iterator{};
  if (!keyring_ || keys == keyring_->end()) return Unexpected(DropReason::kUnknownIngress);

  ByteReader reader(std::as_const(sealed).bytes());
  MediaKeyName name;
  name.cipher = static_cast<MediaCipher>(reader.u32() >> 24);
  name.ingress_key_id = reader.u32();
  name.egress_key_id = reader.u32();
  const std::uint64_t counter = reader.u64();
  const auto& candidates = keys->second.open;
  const auto key = std::ranges::find(candidates, name, &NamedMediaKey::name);
  if (key == candidates.end()) return Unexpected(DropReason::kUnknownMediaKey);

  const auto associated =
      associated_data(ingress, self_, flow_label, std::as_const(sealed).bytes().first(kClearSize));
  sealed.drop_front(kClearSize);
  if (!key->key.open(counter, associated, sealed)) return Unexpected(DropReason::kBadMediaSeal);
  // Only what is proven authentic may move the window.
  if (!windows_[{ingress, name}].accept(counter)) return Unexpected(DropReason::kDuplicateMedia);

  const auto inner = decode_inner(std::as_const(sealed).bytes());
  if (!inner) return Unexpected(DropReason::kMalformed);
  sealed.drop_front(inner_size(inner->source.address.family()));
  return *inner;
}

}  // namespace overlay
