// Counts refused logins, and calls an observer for some: one a minute for each source and fault. The rest is
// summed up once a minute.
//
// Strangers choose the sources, so the table has a fixed size, and all calls together have a rate. Each fault
// has its own places: a flood of stale nonces, which need no right address, hides no other fault. One for
// each data plane, on its thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "overlay/base/packet_io.h"
#include "overlay/base/time.h"
#include "relay/admission/login_fault.h"
#include "relay/admission/token_bucket.h"
#include "relay/stun/stun_message.h"

namespace relay {

// The texts point into the request.
struct RefusedLogin {
  overlay::Endpoint client;
  overlay::Transport transport{};
  std::string_view username;  // empty for USERHASH
  std::string_view realm;
  LoginFault fault{};
  overlay::UnixSeconds expired_for{};  // with kExpired
  std::uint64_t suppressed = 0;        // of this source and fault, since the last call
};

class RefusedLogins {
 public:
  static constexpr std::size_t kPlaces = 256;  // for each fault
  static constexpr overlay::Duration kInterval = std::chrono::minutes(1);
  // A nonce gets stale each hour, and the next request has a fresh one. The observer
  // hears only of a client that goes on.
  static constexpr std::uint32_t kStaleInARow = 3;
  static constexpr RateLimit kLines{.per_second = 10, .burst = 20};

  using Observer = std::function<void(const RefusedLogin&)>;
  // Called with those of one minute for which the observer was not called.
  using SummaryObserver = std::function<void(const CountsByLoginFault&)>;
  void observe(Observer observer, SummaryObserver summary_observer) {
    observer_ = std::move(observer);
    summary_observer_ = std::move(summary_observer);
  }

  void add(RefusedLogin refused, const TransactionId& transaction, overlay::Instant now);

  void on_timer(overlay::Instant now);
  [[nodiscard]] overlay::Instant next_timeout() const { return summary_at_; }

  // All so far.
  [[nodiscard]] const CountsByLoginFault& counts() const { return counts_; }

 private:
  struct Place {
    overlay::Endpoint source;
    overlay::Instant until{};  // the place is free afterwards
    TransactionId last{};
    std::uint32_t seen = 0;
    bool is_reported = false;
    std::uint64_t suppressed = 0;
  };

  // The place of this source for this fault. nullptr while other sources hold the places that it may have.
  [[nodiscard]] Place* find(const overlay::Endpoint& source, LoginFault fault, overlay::Instant now);
  void suppress(LoginFault fault, overlay::Instant now);

  std::array<std::vector<Place>, kLoginFaultCount> places_by_fault_;  // empty until the fault occurs
  Rate rate_{kLines};
  TokenBucket lines_;
  CountsByLoginFault counts_{};
  CountsByLoginFault suppressed_{};  // since the last summary
  overlay::Instant summary_at_ = overlay::kNever;
  Observer observer_;
  SummaryObserver summary_observer_;
};

}  // namespace relay
