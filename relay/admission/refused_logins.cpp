#include "relay/admission/refused_logins.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace relay {
namespace {

constexpr std::size_t kAddressBytes = 16;
constexpr std::size_t kSubnetBytes = 8;  // of IPv6: one subscriber has a /64

// An attacker repeats stale nonces with any address; a client that is at fault keeps its port.
overlay::Endpoint source_of(const RefusedLogin& refused) {
  if (refused.fault == LoginFault::kStaleNonce) return refused.client;
  if (refused.client.address.is_v4()) return {refused.client.address, 0};
  overlay::ByteArray<kAddressBytes> subnet{};
  std::ranges::copy(refused.client.address.octets().first(kSubnetBytes), subnet.begin());
  return {overlay::IpAddress::v6(subnet), 0};
}

}  // namespace

void RefusedLogins::add(RefusedLogin refused, const TransactionId& transaction, overlay::Instant now) {
  ++counts_[static_cast<std::size_t>(refused.fault)];
  if (!observer_) return;
  Place* const place = find(source_of(refused), refused.fault, now);
  if (place == nullptr) return suppress(refused.fault, now);
  const bool is_repeated = place->seen > 0 && place->last == transaction;  // a retransmission
  place->last = transaction;
  if (!is_repeated) ++place->seen;
  if (refused.fault == LoginFault::kStaleNonce && place->seen < kStaleInARow) return;
  if (place->is_reported || !lines_.take(rate_, 1, now)) {
    ++place->suppressed;
    return suppress(refused.fault, now);
  }
  place->is_reported = true;
  refused.suppressed = std::exchange(place->suppressed, 0);
  observer_(refused);
}

// A source has two places to choose from.
RefusedLogins::Place* RefusedLogins::find(const overlay::Endpoint& source, LoginFault fault,
                                          overlay::Instant now) {
  auto& places = places_by_fault_[static_cast<std::size_t>(fault)];
  if (places.empty()) places.resize(kPlaces);
  const std::size_t at = std::hash<overlay::Endpoint>{}(source) % kPlaces;
  Place* const choices[] = {&places[at], &places[at ^ 1]};
  const auto* const own =
      std::ranges::find_if(choices, [&](const Place* place) { return place->source == source; });
  const auto* const found =
      own != std::end(choices)
          ? own
          : std::ranges::find_if(choices, [&](const Place* place) { return now >= place->until; });
  if (found == std::end(choices)) return nullptr;
  Place& place = **found;
  if (now >= place.until) {
    const std::uint64_t suppressed = place.source == source ? place.suppressed : 0;
    place = {.source = source, .until = now + kInterval, .suppressed = suppressed};
  }
  return &place;
}

void RefusedLogins::suppress(LoginFault fault, overlay::Instant now) {
  ++suppressed_[static_cast<std::size_t>(fault)];
  if (summary_at_ == overlay::kNever) summary_at_ = now + kInterval;
}

void RefusedLogins::on_timer(overlay::Instant now) {
  if (now < summary_at_) return;
  summary_at_ = overlay::kNever;
  summary_observer_(std::exchange(suppressed_, {}));
}

}  // namespace relay
