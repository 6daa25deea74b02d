// How many unauthenticated requests of one network are answered: the sender of such a request may be another
// than it says, and the answer, which is longer, hits the victim. A table of fixed size, so that a flood of
// made-up sources costs no memory; networks that meet in one place share its bucket, and which ones do nobody
// outside can know.
//
// Who uses a connection has shown that it receives at its address. No limit for its network applies, because
// many clients may share one NAT.
//
// Answers cost several times what reading does. While more comes in than this thread can take, most strangers
// go without, so that it catches up before the packets of clients are lost in the kernel's queue; they try
// again.
#pragma once

#include <vector>

#include "overlay/base/endpoint.h"
#include "relay/admission/token_bucket.h"

namespace relay {

class ChallengeLimiter {
 public:
  static constexpr std::size_t kBuckets = 16'384;

  explicit ChallengeLimiter(std::uint64_t salt) : salt_(salt) {}

  // While the thread is behind: for all networks together.
  static constexpr RateLimit kWhileBehind{.per_second = 30'000, .burst = 256};

  // For each IPv4 /24 and IPv6 /56.
  void set_limit(const RateLimit& limit);
  void set_behind(bool is_behind) { is_behind_ = is_behind; }
  // To an address that the sender may have forged.
  [[nodiscard]] bool may_answer(const overlay::IpAddress& source, overlay::Instant now) {
    if (!may_answer_connection(now)) return false;
    return buckets_.empty() || buckets_[bucket_of(source)].take(rate_, 1, now);
  }

  // On a connection (TCP, TLS, DTLS).
  [[nodiscard]] bool may_answer_connection(overlay::Instant now) {
    return !is_behind_ || of_all_.take(while_behind_, 1, now);
  }

 private:
  [[nodiscard]] std::size_t bucket_of(const overlay::IpAddress& source) const;

  std::uint64_t salt_;
  Rate rate_;
  Rate while_behind_{kWhileBehind};
  TokenBucket of_all_;
  bool is_behind_ = false;
  std::vector<TokenBucket> buckets_;  // empty without a limit
};

}  // namespace relay
