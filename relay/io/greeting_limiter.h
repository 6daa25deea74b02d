// Limits the first flights of DTLS that one data plane answers. An answer costs 4 us, about as much as the
// relaying of three packets, and anybody can send first flights from forged addresses. Belongs to one thread.
//
// A first flight with a valid cookie proves its address, so it draws from a budget of its own: a flood from
// forged addresses cannot use that up.
#pragma once

#include "overlay/base/endpoint.h"
#include "overlay/base/random.h"
#include "relay/admission/network_buckets.h"

namespace relay {

class GreetingLimiter {
 public:
  // Of each kind: 8 % of the thread.
  static constexpr RateLimit kAll{.per_second = 20'000, .burst = 2'000};
  // Of each kind, for one IPv4 /24 or IPv6 /56. Clients retransmit after a second, so a NAT with 2,000
  // clients that begin at once is through after two.
  static constexpr RateLimit kPerNetwork{.per_second = 1'000, .burst = 500};

  explicit GreetingLimiter(overlay::Random& random) : unproven_(random), proven_(random) {}

  [[nodiscard]] bool may_answer(const overlay::IpAddress& source, bool is_proven, overlay::Instant now) {
    Budget& budget = is_proven ? proven_ : unproven_;
    return budget.by_network.take(source, now) && budget.all.take(all_, 1, now);
  }

 private:
  struct Budget {
    explicit Budget(overlay::Random& random) : by_network(random.u64()) { by_network.set_limit(kPerNetwork); }

    NetworkBuckets by_network;
    TokenBucket all;
  };

  Rate all_{kAll};
  Budget unproven_;
  Budget proven_;
};

}  // namespace relay
