#include "relay/stun/stun_writer.h"

#include <algorithm>
#include <cstring>

#include "overlay/base/check.h"
#include "overlay/base/wire.h"

namespace relay {

StunWriter::StunWriter(overlay::MutableBytes out, StunType type, const TransactionId& transaction)
    : out_(out) {
  CHECK(out.size() >= kStunHeaderSize);
  overlay::store_be(out.data(), encode_type(type));
  overlay::store_be(out.data() + 2, std::uint16_t{0});
  overlay::store_be(out.data() + 4, kMagicCookie);
  std::memcpy(out.data() + 8, transaction.data(), transaction.size());
  size_ = kStunHeaderSize;
}

overlay::MutableBytes StunWriter::reserve(StunAttribute attribute, std::size_t size) {
  const std::size_t whole = 4 + ((size + 3) & ~std::size_t{3});
  if (!ok_ || whole > out_.size() - size_ || size > 0xffff) {
    ok_ = false;
    return {};
  }
  std::uint8_t* at = out_.data() + size_;
  std::memset(at, 0, whole);
  overlay::store_be(at, static_cast<std::uint16_t>(attribute));
  overlay::store_be(at + 2, static_cast<std::uint16_t>(size));
  size_ += whole;
  overlay::store_be(out_.data() + 2, static_cast<std::uint16_t>(size_ - kStunHeaderSize));
  return {at + 4, size};
}

void StunWriter::add(StunAttribute attribute, overlay::Bytes value) {
  const overlay::MutableBytes place = reserve(attribute, value.size());
  if (!place.empty()) std::memcpy(place.data(), value.data(), value.size());
}

void StunWriter::add_u32(StunAttribute attribute, std::uint32_t value) {
  overlay::ByteArray<4> bytes;
  overlay::store_be(bytes.data(), value);
  add(attribute, bytes);
}

void StunWriter::add_address(StunAttribute attribute, const overlay::Endpoint& endpoint) {
  const overlay::Bytes octets = endpoint.address.octets();
  const overlay::MutableBytes place = reserve(attribute, 4 + octets.size());
  if (place.empty()) return;
  place[1] = endpoint.address.is_v4() ? 0x01 : 0x02;
  overlay::store_be(place.data() + 2, endpoint.port);
  std::memcpy(place.data() + 4, octets.data(), octets.size());
}

void StunWriter::add_xor_address(StunAttribute attribute, const overlay::Endpoint& endpoint) {
  const overlay::Bytes octets = endpoint.address.octets();
  overlay::ByteArray<20> value{};
  value[1] = endpoint.address.is_v4() ? 0x01 : 0x02;
  overlay::store_be(value.data() + 2, static_cast<std::uint16_t>(endpoint.port ^ (kMagicCookie >> 16)));
  for (std::size_t i = 0; i < octets.size(); ++i)
    value[4 + i] = octets[i] ^ out_[4 + i];
  add(attribute, overlay::Bytes(value).first(4 + octets.size()));
}

void StunWriter::add_error(int code, std::string_view reason) {
  const overlay::MutableBytes place = reserve(StunAttribute::kErrorCode, 4 + reason.size());
  if (place.empty()) return;
  place[2] = static_cast<std::uint8_t>(code / 100);
  place[3] = static_cast<std::uint8_t>(code % 100);
  std::memcpy(place.data() + 4, reason.data(), reason.size());
}

void StunWriter::add_integrity(overlay::Bytes key) {
  add(StunAttribute::kMessageIntegrity, message_integrity(key, written()));
}

void StunWriter::add_integrity_sha256(overlay::Bytes key) {
  add(StunAttribute::kMessageIntegritySha256, message_integrity_sha256(key, written()));
}

void StunWriter::add_fingerprint() {
  const std::size_t before = size_;
  const overlay::MutableBytes place = reserve(StunAttribute::kFingerprint, 4);
  if (!place.empty()) overlay::store_be(place.data(), fingerprint(out_.first(before)));
}

}  // namespace relay
