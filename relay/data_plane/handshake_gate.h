// Decides which handshake datagrams cross to the control plane. Anybody can send to an overlay port, and a
// flood must neither displace other messages to the control plane nor the handshakes of neighbors.
//
//   initiation          wrong MAC 1: dropped, for the price of a hash. With a valid cookie (MAC 2): passes
//   within
//                       the share of its network. Without: passes within a budget for all, and is then
//                       answered with a cookie (handshake_message.h).
//   response, cookie    passes if it answers an initiation that left here lately.
//
// Forged addresses get no cookie, so they use up only the budget without cookie. Their flood costs the honest
// one round trip more.
#pragma once

#include <optional>

#include "overlay/base/endpoint.h"
#include "overlay/base/random.h"
#include "overlay/link/handshake_message.h"
#include "relay/admission/token_bucket.h"
#include "relay/data_plane/awaited_answers.h"
#include "relay/data_plane/prefix_buckets.h"
#include "relay/messages/plane_messages.h"

namespace relay {

class HandshakeGate {
 public:
  // A key agreement takes 0.2 ms of the control plane: 4 % of it for strangers without a cookie.
  static constexpr RateLimit kWithoutCookie{.per_second = 200, .burst = 400};
  // Of those for one network, so that a single sender does not use up the budget.
  static constexpr RateLimit kWithoutCookiePerNetwork{.per_second = 20, .burst = 64};
  // Enough for all nodes of one network that start at the same time.
  static constexpr RateLimit kWithCookiePerNetwork{.per_second = 64, .burst = 256};
  static constexpr RateLimit kCookiesPerNetwork{.per_second = 100, .burst = 256};
  // For everything, whatever its senders prove: less than half of the mailbox.
  static constexpr RateLimit kAll{.per_second = 2'000, .burst = 1'024};

  // `own_key`: of this node, the key of MAC 1.
  HandshakeGate(const overlay::ExchangePublicKey& own_key, overlay::Random& random);

  struct Decision {
    bool passes = false;
    overlay::ByteVector cookie;  // to send back; empty for no answer
  };
  [[nodiscard]] Decision judge(const overlay::Endpoint& from, overlay::Bytes datagram, overlay::Instant now);
  // A handshake datagram of this node leaves.
  void note_sent(overlay::Bytes datagram, overlay::Instant now);

  [[nodiscard]] const HandshakeGateCounters& counters() const { return counters_; }

 private:
  [[nodiscard]] Decision judge_initiation(const overlay::Endpoint& from, const overlay::InitiationView& view,
                                          overlay::Instant now);
  [[nodiscard]] Decision judge_answer(overlay::SessionIndex initiator, overlay::Instant now);
  [[nodiscard]] Decision demand_cookie(const overlay::Endpoint& from, const overlay::InitiationView& view,
                                       overlay::Instant now);
  [[nodiscard]] Decision pass(overlay::Instant now);
  [[nodiscard]] static Decision drop(std::uint64_t& counter) {
    ++counter;
    return {};
  }

  overlay::Mac1Check mac1_;
  overlay::CookieJar cookies_;
  Rate all_{kAll};
  Rate without_cookie_{kWithoutCookie};
  TokenBucket all_bucket_;
  TokenBucket without_cookie_bucket_;
  PrefixBuckets without_cookie_by_network_;
  PrefixBuckets with_cookie_by_network_;
  PrefixBuckets cookies_by_network_;
  AwaitedAnswers awaited_;
  HandshakeGateCounters counters_;
};

}  // namespace relay
