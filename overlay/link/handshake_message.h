// The datagrams by which two neighbors agree on a link session. Sizes in bits:
//
//   initiation  0x01 | zero (24) | initiator's index (32) | Noise message 1 | MAC 1 (128) | MAC 2 (128)
//   response    0x02 | zero (24) | responder's index (32) | initiator's index (32) |
//               Noise message 2 | MAC 1 (128)
//   cookie      0x03 | zero (24) | initiator's index (32) | MAC 1 of the initiation (128) | cookie (128)
//
// MAC 1 is keyed with the public key of the receiver: a datagram without it causes no X25519 operation. MAC 2
// is keyed with a cookie, which proves that the sender receives at its address; a node under load demands it.
// A cookie is smaller than the initiation that it answers.
//
// The payloads of the Noise messages, encrypted:
//
//   message 1   time (64) | certificate
//   message 2   verdict (8): 0 accepted, 1 stale | newest time (64) | certificate
//
// Times are ns since 1970 by the initiator's calendar, and increase with every initiation to one responder.
// A responder accepts only times above the newest one from this initiator. It answers an older time with the
// verdict `stale` and the newest time. Only the true initiator can read this answer; a node whose calendar
// went back then continues above the newest time.
#pragma once

#include <cstdint>
#include <optional>

#include "overlay/base/bytes.h"
#include "overlay/base/endpoint.h"
#include "overlay/base/ids.h"
#include "overlay/base/time.h"
#include "overlay/crypto/keys.h"

namespace overlay {

inline constexpr std::uint8_t kInitiationType = 0x01;
inline constexpr std::uint8_t kResponseType = 0x02;
inline constexpr std::uint8_t kCookieType = 0x03;
inline constexpr std::size_t kMacSize = 16;
using HandshakeMac = ByteArray<kMacSize>;

using HandshakeTime = std::uint64_t;

struct InitiationPayload {
  HandshakeTime time = 0;
  Bytes certificate;
};

struct ResponsePayload {
  bool is_accepted = true;
  HandshakeTime newest = 0;
  Bytes certificate;
};

struct InitiationView {
  SessionIndex initiator;
  Bytes noise;
  HandshakeMac mac1;
  HandshakeMac mac2;
  Bytes under_mac1;
  Bytes under_mac2;

  // An initiator without a cookie leaves MAC 2 zero.
  [[nodiscard]] bool has_mac2() const { return mac2 != HandshakeMac{}; }
};

struct ResponseView {
  SessionIndex responder;
  SessionIndex initiator;
  Bytes noise;
  HandshakeMac mac1;
  Bytes under_mac1;
};

struct CookieMessage {
  SessionIndex initiator;
  HandshakeMac initiation_mac1;
  HandshakeMac cookie;
};

// nullopt for datagrams of another type or size. Views point into the datagram.
[[nodiscard]] std::optional<InitiationView> decode_initiation(Bytes datagram);
[[nodiscard]] std::optional<ResponseView> decode_response(Bytes datagram);
[[nodiscard]] std::optional<CookieMessage> decode_cookie(Bytes datagram);

// `cookie`: the last cookie from the responder, if any.
[[nodiscard]] ByteVector encode_initiation(SessionIndex initiator, Bytes noise,
                                           const ExchangePublicKey& responder,
                                           const std::optional<HandshakeMac>& cookie);
[[nodiscard]] ByteVector encode_response(SessionIndex responder, SessionIndex initiator, Bytes noise,
                                         const ExchangePublicKey& initiator_key);
[[nodiscard]] ByteVector encode_cookie(const CookieMessage& message);

// nullopt for a payload that is too short or has an unknown verdict. Views point into the payload.
[[nodiscard]] std::optional<InitiationPayload> decode_initiation_payload(Bytes payload);
[[nodiscard]] std::optional<ResponsePayload> decode_response_payload(Bytes payload);
[[nodiscard]] ByteVector encode_payload(const InitiationPayload& payload);
[[nodiscard]] ByteVector encode_payload(const ResponsePayload& payload);

// MAC 1 for the receiver with that key.
[[nodiscard]] HandshakeMac mac1_of(const ExchangePublicKey& receiver, Bytes message);
[[nodiscard]] HandshakeMac mac2_of(const HandshakeMac& cookie, Bytes message);
[[nodiscard]] bool equal_macs(const HandshakeMac& a, const HandshakeMac& b);

// Checks MAC 1 of datagrams for one receiver, without deriving its key each time.
class Mac1Check {
 public:
  explicit Mac1Check(const ExchangePublicKey& receiver);
  [[nodiscard]] bool holds(Bytes under_mac1, const HandshakeMac& mac1) const;

 private:
  HandshakeMac key_;
};

// Stateless cookies: a MAC of the address under a secret and a period of kLifetime. The cookies of two
// periods are valid.
class CookieJar {
 public:
  static constexpr Duration kLifetime = std::chrono::minutes(2);

  explicit CookieJar(Random& random) { random.fill(secret_.expose()); }
  [[nodiscard]] HandshakeMac bake(const Endpoint& from, Instant now) const { return bake(from, bucket(now)); }
  [[nodiscard]] bool proves(const Endpoint& from, const InitiationView& initiation, Instant now) const;

 private:
  [[nodiscard]] static std::int64_t bucket(Instant now) { return now.time_since_epoch() / kLifetime; }
  [[nodiscard]] HandshakeMac bake(const Endpoint& from, std::int64_t bucket) const;

  Secret<32> secret_;
};

}  // namespace overlay
