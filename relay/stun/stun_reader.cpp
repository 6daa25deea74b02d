#include "relay/stun/stun_reader.h"

#include <cstring>

#include "overlay/base/wire.h"

namespace relay {
namespace {

constexpr std::size_t kAttributeHeader = 4;

std::size_t padded(std::size_t size) {
  return (size + 3) & ~std::size_t{3};
}

}  // namespace

bool looks_like_stun(overlay::Bytes datagram) {
  return datagram.size() >= kStunHeaderSize && (datagram[0] & 0xc0) == 0 &&
         overlay::load_be<std::uint32_t>(datagram.data() + 4) == kMagicCookie;
}

StunReader::Attribute StunReader::take(overlay::Bytes& rest) {
  const auto type = overlay::load_be<std::uint16_t>(rest.data());
  const std::size_t size = overlay::load_be<std::uint16_t>(rest.data() + 2);
  const Attribute attribute{type, rest.subspan(kAttributeHeader, size)};
  rest = rest.subspan(kAttributeHeader + padded(size));
  return attribute;
}

std::optional<StunReader> StunReader::parse(overlay::Bytes datagram) {
  if (!looks_like_stun(datagram)) return std::nullopt;
  const std::size_t length = overlay::load_be<std::uint16_t>(datagram.data() + 2);
  if (length % 4 != 0 || kStunHeaderSize + length != datagram.size()) return std::nullopt;

  StunReader reader;
  reader.message_ = datagram;
  reader.type_ = decode_type(overlay::load_be<std::uint16_t>(datagram.data()));
  std::memcpy(reader.transaction_.data(), datagram.data() + 8, reader.transaction_.size());

  overlay::Bytes rest = datagram.subspan(kStunHeaderSize);
  std::optional<std::size_t> end;  // of the attributes that are seen
  for (std::size_t count = 0; !rest.empty(); ++count) {
    if (count == kMaxAttributes || rest.size() < kAttributeHeader) return std::nullopt;
    const std::size_t offset = datagram.size() - rest.size();
    const std::size_t size = overlay::load_be<std::uint16_t>(rest.data() + 2);
    if (kAttributeHeader + padded(size) > rest.size()) return std::nullopt;
    const Attribute attribute = take(rest);
    switch (static_cast<StunAttribute>(attribute.type)) {
      case StunAttribute::kFingerprint:
        // FINGERPRINT is the last attribute (RFC 8489 section 14.7).
        if (!rest.empty() || !fingerprint_matches(datagram.first(offset), attribute.value))
          return std::nullopt;
        reader.has_fingerprint_ = true;
        break;
      case StunAttribute::kMessageIntegrity:
        if (reader.integrity_) continue;
        if (size != kIntegritySize) return std::nullopt;
        reader.set_integrity(attribute.value, offset);
        break;
      case StunAttribute::kMessageIntegritySha256:
        if (reader.has_sha256_integrity()) continue;
        if (size != kIntegritySha256Size) return std::nullopt;
        reader.set_integrity(attribute.value, offset);
        break;
      default:
        continue;
    }
    if (!end) end = offset;
  }
  reader.attributes_ = datagram.first(end.value_or(datagram.size())).subspan(kStunHeaderSize);
  return reader;
}

void StunReader::set_integrity(overlay::Bytes value, std::size_t offset) {
  integrity_ = value;
  before_integrity_ = offset;
}

std::optional<overlay::Bytes> StunReader::find(StunAttribute attribute) const {
  overlay::Bytes rest = attributes_;
  while (!rest.empty()) {
    const Attribute next = take(rest);
    if (next.type == static_cast<std::uint16_t>(attribute)) return next.value;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> StunReader::find_u32(StunAttribute attribute) const {
  const auto value = find(attribute);
  if (!value || value->size() != 4) return std::nullopt;
  return overlay::load_be<std::uint32_t>(value->data());
}

std::optional<overlay::Endpoint> StunReader::find_xor_address(StunAttribute attribute) const {
  const auto value = find(attribute);
  return value ? decode_xor_address(*value) : std::nullopt;
}

std::optional<overlay::Endpoint> StunReader::decode_xor_address(overlay::Bytes value) const {
  if (value.size() != 8 && value.size() != 20) return std::nullopt;
  const auto port =
      static_cast<std::uint16_t>(overlay::load_be<std::uint16_t>(value.data() + 2) ^ (kMagicCookie >> 16));
  // The mask is the cookie and the transaction id, as they stand in the message.
  const overlay::Bytes mask = message_.subspan(4, 16);
  const std::uint8_t family = value[1];
  if (family == 0x01 && value.size() == 8) {
    overlay::ByteArray<4> octets;
    for (std::size_t i = 0; i < octets.size(); ++i)
      octets[i] = value[4 + i] ^ mask[i];
    return overlay::Endpoint{overlay::IpAddress::v4(octets), port};
  }
  if (family == 0x02 && value.size() == 20) {
    overlay::ByteArray<16> octets;
    for (std::size_t i = 0; i < octets.size(); ++i)
      octets[i] = value[4 + i] ^ mask[i];
    return overlay::Endpoint{overlay::IpAddress::v6(octets), port};
  }
  return std::nullopt;
}

}  // namespace relay
