#include "relay/data_plane/handshake_gate.h"

#include <utility>

namespace relay {

HandshakeGate::HandshakeGate(const overlay::ExchangePublicKey& own_key, overlay::Random& random)
    : mac1_(own_key),
      cookies_(random),
      without_cookie_by_network_(kWithoutCookiePerNetwork, random),
      with_cookie_by_network_(kWithCookiePerNetwork, random),
      cookies_by_network_(kCookiesPerNetwork, random) {}

HandshakeGate::Decision HandshakeGate::judge(const overlay::Endpoint& from, overlay::Bytes datagram,
                                             overlay::Instant now) {
  ++counters_.received;
  if (const auto initiation = overlay::decode_initiation(datagram)) {
    if (!mac1_.holds(initiation->under_mac1, initiation->mac1)) return drop(counters_.bad_mac);
    return judge_initiation(from, *initiation, now);
  }
  if (const auto response = overlay::decode_response(datagram)) return judge_answer(response->initiator, now);
  if (const auto cookie = overlay::decode_cookie(datagram)) return judge_answer(cookie->initiator, now);
  return drop(counters_.malformed);
}

HandshakeGate::Decision HandshakeGate::judge_initiation(const overlay::Endpoint& from,
                                                        const overlay::InitiationView& view,
                                                        overlay::Instant now) {
  if (view.has_mac2() && cookies_.proves(from, view, now))
    return with_cookie_by_network_.take(from.address, now) ? pass(now) : drop(counters_.limited);
  if (without_cookie_by_network_.take(from.address, now) &&
      without_cookie_bucket_.take(without_cookie_, 1, now))
    return pass(now);
  return demand_cookie(from, view, now);
}

// The index is checked before MAC 1, which the control plane checks: nobody guesses 32 random bits.
HandshakeGate::Decision HandshakeGate::judge_answer(overlay::SessionIndex initiator, overlay::Instant now) {
  return awaited_.take(initiator, now) ? pass(now) : drop(counters_.unexpected);
}

HandshakeGate::Decision HandshakeGate::demand_cookie(const overlay::Endpoint& from,
                                                     const overlay::InitiationView& view,
                                                     overlay::Instant now) {
  if (!cookies_by_network_.take(from.address, now)) return drop(counters_.limited);
  ++counters_.cookies_demanded;
  const overlay::CookieMessage answer{
      .initiator = view.initiator, .initiation_mac1 = view.mac1, .cookie = cookies_.bake(from, now)};
  return {.passes = false, .cookie = encode_cookie(answer)};
}

HandshakeGate::Decision HandshakeGate::pass(overlay::Instant now) {
  if (!all_bucket_.take(all_, 1, now)) return drop(counters_.limited);
  ++counters_.passed;
  return {.passes = true, .cookie = {}};
}

void HandshakeGate::note_sent(overlay::Bytes datagram, overlay::Instant now) {
  if (const auto initiation = overlay::decode_initiation(datagram))
    awaited_.expect(initiation->initiator, now);
}

}  // namespace relay
