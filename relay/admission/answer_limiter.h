// Limits answers to strangers: the sender of a request may be another than it says, and the answer hits the
// victim.
//
// Answers cost several times what reading does. While more comes in than this thread can take, most strangers
// go without, so that the thread catches up before the packets of clients are lost in the kernel's queue.
// Strangers try again.
//
// A client on a connection has shown that it receives at its address. No limit for its network applies to its
// challenges, because many clients may share one NAT.
#pragma once

#include <cstdint>

#include "overlay/base/endpoint.h"
#include "relay/admission/network_buckets.h"
#include "relay/admission/token_bucket.h"

namespace relay {

class AnswerLimiter {
 public:
  // While the thread is behind: challenges to all networks together, and as many answers to Bindings.
  static constexpr RateLimit kWhileBehind{.per_second = 30'000, .burst = 256};
  // While the thread is behind: Bindings of one network. A NAT with 5,000 clients that ask every 10 s stays
  // below.
  static constexpr RateLimit kBindingsWhileBehind{.per_second = 500, .burst = 100};

  explicit AnswerLimiter(std::uint64_t salt) : challenges_(salt), bindings_(salt) {
    bindings_.set_limit(kBindingsWhileBehind);
  }

  // Challenges to one network.
  void set_limit(const RateLimit& limit) { challenges_.set_limit(limit); }
  void set_behind(bool is_behind) { is_behind_ = is_behind; }

  // A challenge to an address that the sender may have forged.
  [[nodiscard]] bool may_challenge(const overlay::IpAddress& source, overlay::Instant now) {
    return may_challenge_connection(now) && challenges_.take(source, now);
  }
  // A challenge on a connection (TCP, TLS, DTLS).
  [[nodiscard]] bool may_challenge_connection(overlay::Instant now) {
    return !is_behind_ || all_challenges_.take(while_behind_, 1, now);
  }
  // An answer to a Binding. It is hardly longer than its request, so no limit applies while the thread keeps
  // up.
  [[nodiscard]] bool may_answer_binding(const overlay::IpAddress& source, overlay::Instant now) {
    return !is_behind_ || (bindings_.take(source, now) && all_bindings_.take(while_behind_, 1, now));
  }

 private:
  NetworkBuckets challenges_;
  NetworkBuckets bindings_;
  Rate while_behind_{kWhileBehind};
  TokenBucket all_challenges_;
  TokenBucket all_bindings_;
  bool is_behind_ = false;
};

}  // namespace relay
