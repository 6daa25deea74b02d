// How much of the server each client may have: allocations by user, tenant and source address, permissions,
// channels and new peers of one allocation, bandwidth of an allocation and of a tenant, and challenges to
// those who have not proven anything. One for each data plane, on its thread; the ledger of allocations is
// shared by all. Nothing here grows before a client has proven who it is.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "overlay/base/result.h"
#include "relay/admission/answer_limiter.h"
#include "relay/admission/quota_ledger.h"
#include "relay/admission/token_bucket.h"
#include "relay/admission/turn_request.h"

namespace relay {

// 0 and the default RateLimit: no limit.
struct AdmissionLimits {
  std::size_t allocations_per_user = 1'000;
  std::size_t allocations_per_tenant = 0;
  std::size_t allocations_per_source = 0;  // an IPv4 address or an IPv6 /64
  std::uint16_t permissions = 256;         // of one allocation
  std::uint16_t channels = 256;
  RateLimit new_peers;             // of one allocation
  RateLimit allocation_bandwidth;  // bytes of payload, in each direction
  RateLimit tenant_bandwidth;
  RateLimit challenges;  // answers 401 and 438 over UDP to one IPv4 /24 or IPv6 /56
  bool operator==(const AdmissionLimits&) const = default;
};

// A REST-style username is "<expiry>:<tenant>:<session>". Its user is all but the expiry, so that a new
// credential is no new user; a static user is its own.
[[nodiscard]] std::string_view user_of(std::string_view username);
// Empty for a static user without colons.
[[nodiscard]] std::string_view tenant_of(std::string_view username);

// The quotas that one allocation holds, and its buckets. The destructor returns the quotas.
struct Admitted {
  QuotaLedger::Hold user;
  QuotaLedger::Hold tenant;
  QuotaLedger::Hold source;
  TokenBucket to_peer;
  TokenBucket to_client;
  TokenBucket new_peers;
};

class Admission {
 public:
  Admission(const AdmissionLimits& limits, std::shared_ptr<QuotaLedger> ledger, std::uint64_t salt);

  // Applies to later requests. Allocations keep the quotas that they hold.
  void set_limits(const AdmissionLimits& limits);
  [[nodiscard]] const AdmissionLimits& limits() const { return limits_; }

  // May this proven client have one more allocation? 486 if not.
  [[nodiscard]] overlay::Result<Admitted, TurnFailure> admit(const TurnRequest& request);

  // May this unproven client be answered?
  [[nodiscard]] bool may_challenge(const overlay::DatagramMeta& client, overlay::Instant now) {
    return client.transport == overlay::Transport::kUdp ? answers_.may_challenge(client.source.address, now)
                                                        : answers_.may_challenge_connection(now);
  }
  // May this Binding of a client without an allocation be answered?
  [[nodiscard]] bool may_answer_binding(const overlay::IpAddress& source, overlay::Instant now) {
    return answers_.may_answer_binding(source, now);
  }
  // More is waiting than this thread can take.
  void set_behind(bool is_behind) { answers_.set_behind(is_behind); }
  [[nodiscard]] bool may_add_peers(Admitted& admitted, std::size_t count, overlay::Instant now) {
    return count == 0 || new_peers_.is_unlimited() || admitted.new_peers.take(new_peers_, count, now);
  }

  [[nodiscard]] bool limits_bandwidth() const { return limits_bandwidth_; }
  // False when the payload exceeds the bandwidth of its allocation or tenant: it is dropped, and what comes
  // later passes.
  [[nodiscard]] bool passes_to_peer(Admitted& admitted, std::size_t bytes, overlay::Instant now) {
    return !limits_bandwidth_ ||
           passes(admitted, admitted.to_peer, &QuotaLedger::Account::to_peer, bytes, now);
  }
  [[nodiscard]] bool passes_to_client(Admitted& admitted, std::size_t bytes, overlay::Instant now) {
    return !limits_bandwidth_ ||
           passes(admitted, admitted.to_client, &QuotaLedger::Account::to_client, bytes, now);
  }

 private:
  [[nodiscard]] bool passes(const Admitted& admitted, TokenBucket& own,
                            SharedTokenBucket QuotaLedger::Account::*of_tenant, std::size_t bytes,
                            overlay::Instant now) const;

  AdmissionLimits limits_;
  std::shared_ptr<QuotaLedger> ledger_;
  AnswerLimiter answers_;
  Rate new_peers_;
  Rate allocation_bandwidth_;
  Rate tenant_bandwidth_;
  bool limits_bandwidth_ = false;
};

}  // namespace relay
