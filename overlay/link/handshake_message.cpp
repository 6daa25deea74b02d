#include "overlay/link/handshake_message.h"

#include <initializer_list>

#include <sodium.h>

#include "overlay/base/wire.h"
#include "overlay/crypto/certificate.h"
#include "overlay/crypto/noise_ik.h"

namespace overlay {
namespace {

constexpr std::size_t kInitiationHeader = 8;
constexpr std::size_t kResponseHeader = 12;
constexpr std::size_t kTimeSize = 8;
constexpr std::size_t kMaxHandshake =
    kInitiationHeader + NoiseIk::kInitiationOverhead + kTimeSize + kMaxCertificateSize + 2 * kMacSize;
constexpr std::uint8_t kAccepted = 0;
constexpr std::uint8_t kStale = 1;
constexpr std::size_t kCookieSize = 8 + 2 * kMacSize;

HandshakeMac keyed_hash(Bytes key, std::initializer_list<Bytes> parts) {
  HandshakeMac mac;
  crypto_generichash_state state;
  crypto_generichash_init(&state, key.data(), key.size(), mac.size());
  for (const Bytes part : parts)
    crypto_generichash_update(&state, part.data(), part.size());
  crypto_generichash_final(&state, mac.data(), mac.size());
  return mac;
}

HandshakeMac mac1_key_of(const ExchangePublicKey& receiver) {
  return keyed_hash(receiver.bytes(), {as_bytes("cw-mac1")});
}

bool has_type(Bytes datagram, std::uint8_t type) {
  return datagram.size() >= 4 && datagram[0] == type && datagram[1] == 0 && datagram[2] == 0 &&
         datagram[3] == 0;
}

void append(ByteVector& out, Bytes bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

template <typename T>
void append_be(ByteVector& out, T value) {
  ByteArray<sizeof(T)> bytes;
  store_be(bytes.data(), value);
  append(out, bytes);
}

}  // namespace

std::optional<InitiationView> decode_initiation(Bytes datagram) {
  if (!has_type(datagram, kInitiationType) || datagram.size() > kMaxHandshake ||
      datagram.size() < kInitiationHeader + NoiseIk::kInitiationOverhead + 2 * kMacSize)
    return std::nullopt;
  InitiationView view;
  ByteReader reader(datagram.subspan(4));
  view.initiator = SessionIndex(reader.u32());
  view.noise = reader.bytes(reader.remaining() - 2 * kMacSize);
  view.mac1 = reader.array<kMacSize>();
  view.mac2 = reader.array<kMacSize>();
  view.under_mac1 = datagram.first(datagram.size() - 2 * kMacSize);
  view.under_mac2 = datagram.first(datagram.size() - kMacSize);
  return view;
}

std::optional<ResponseView> decode_response(Bytes datagram) {
  if (!has_type(datagram, kResponseType) || datagram.size() > kMaxHandshake ||
      datagram.size() < kResponseHeader + NoiseIk::kResponseOverhead + kMacSize)
    return std::nullopt;
  ResponseView view;
  ByteReader reader(datagram.subspan(4));
  view.responder = SessionIndex(reader.u32());
  view.initiator = SessionIndex(reader.u32());
  view.noise = reader.bytes(reader.remaining() - kMacSize);
  view.mac1 = reader.array<kMacSize>();
  view.under_mac1 = datagram.first(datagram.size() - kMacSize);
  return view;
}

std::optional<CookieMessage> decode_cookie(Bytes datagram) {
  if (!has_type(datagram, kCookieType) || datagram.size() != kCookieSize) return std::nullopt;
  ByteReader reader(datagram.subspan(4));
  CookieMessage message;
  message.initiator = SessionIndex(reader.u32());
  message.initiation_mac1 = reader.array<kMacSize>();
  message.cookie = reader.array<kMacSize>();
  return message;
}

ByteVector encode_initiation(SessionIndex initiator, Bytes noise, const ExchangePublicKey& responder,
                             const std::optional<HandshakeMac>& cookie) {
  ByteVector out{kInitiationType, 0, 0, 0};
  append_be(out, initiator.value());
  append(out, noise);
  append(out, mac1_of(responder, out));
  append(out, cookie ? mac2_of(*cookie, out) : HandshakeMac{});
  return out;
}

ByteVector encode_response(SessionIndex responder, SessionIndex initiator, Bytes noise,
                           const ExchangePublicKey& initiator_key) {
  ByteVector out{kResponseType, 0, 0, 0};
  append_be(out, responder.value());
  append_be(out, initiator.value());
  append(out, noise);
  append(out, mac1_of(initiator_key, out));
  return out;
}

ByteVector encode_cookie(const CookieMessage& message) {
  ByteVector out{kCookieType, 0, 0, 0};
  append_be(out, message.initiator.value());
  append(out, message.initiation_mac1);
  append(out, message.cookie);
  return out;
}

std::optional<InitiationPayload> decode_initiation_payload(Bytes payload) {
  ByteReader reader(payload);
  InitiationPayload decoded;
  decoded.time = reader.u64();
  decoded.certificate = reader.rest();
  return reader.ok() ? std::optional(decoded) : std::nullopt;
}

std::optional<ResponsePayload> decode_response_payload(Bytes payload) {
  ByteReader reader(payload);
  ResponsePayload decoded;
  const std::uint8_t verdict = reader.u8();
  decoded.is_accepted = verdict == kAccepted;
  decoded.newest = reader.u64();
  decoded.certificate = reader.rest();
  return reader.ok() && verdict <= kStale ? std::optional(decoded) : std::nullopt;
}

ByteVector encode_payload(const InitiationPayload& payload) {
  ByteVector out;
  append_be(out, payload.time);
  append(out, payload.certificate);
  return out;
}

ByteVector encode_payload(const ResponsePayload& payload) {
  ByteVector out{payload.is_accepted ? kAccepted : kStale};
  append_be(out, payload.newest);
  append(out, payload.certificate);
  return out;
}

HandshakeMac mac1_of(const ExchangePublicKey& receiver, Bytes message) {
  return keyed_hash(mac1_key_of(receiver), {message});
}

HandshakeMac mac2_of(const HandshakeMac& cookie, Bytes message) {
  return keyed_hash(cookie, {message});
}

bool equal_macs(const HandshakeMac& a, const HandshakeMac& b) {
  return sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

Mac1Check::Mac1Check(const ExchangePublicKey& receiver) : key_(mac1_key_of(receiver)) {}

bool Mac1Check::holds(Bytes under_mac1, const HandshakeMac& mac1) const {
  return equal_macs(keyed_hash(key_, {under_mac1}), mac1);
}

HandshakeMac CookieJar::bake(const Endpoint& from, std::int64_t bucket) const {
  ByteArray<10> rest;
  store_be(rest.data(), static_cast<std::uint64_t>(bucket));
  store_be(rest.data() + 8, from.port);
  return keyed_hash(secret_.expose(), {rest, from.address.octets()});
}

bool CookieJar::proves(const Endpoint& from, const InitiationView& initiation, Instant now) const {
  for (const std::int64_t valid : {bucket(now), bucket(now) - 1})
    if (equal_macs(mac2_of(bake(from, valid), initiation.under_mac2), initiation.mac2)) return true;
  return false;
}

}  // namespace overlay
