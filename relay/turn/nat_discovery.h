// NAT behaviour discovery (RFC 5780), off unless configured: Binding requests that are answered from another
// address or port, or to another port. Two addresses and two ports of one family make one discovery place.
//
// Its answers are larger than the questions and may go where the question did not come from, so there is a
// cap on how many of them a data plane gives. Beyond it a plain Binding request has the small answer that it
// has elsewhere, as ICE wants it, and the others are refused; so that who floods them gains nothing.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "overlay/base/packet_io.h"
#include "overlay/base/time.h"
#include "relay/admission/turn_request.h"

namespace relay {

// Whether it cannot be answered without discovery.
[[nodiscard]] bool is_discovery_only(const StunReader& message);

// All four combinations of the two addresses and the two ports are listeners.
struct DiscoveryPlace {
  overlay::Endpoint primary;
  overlay::Endpoint alternate;
};

// At most one place for each family.
[[nodiscard]] std::vector<DiscoveryPlace> find_discovery_places(std::span<const overlay::Endpoint> listeners);

class NatDiscovery {
 public:
  static constexpr std::size_t kMaxAnswersPerSecond = 500;
  static constexpr std::size_t kMaxPadding = 1500;

  explicit NatDiscovery(std::vector<DiscoveryPlace> places) : places_(std::move(places)) {}

  // Whether a request that arrived so may ask for discovery; otherwise its attributes are not understood.
  [[nodiscard]] bool serves(const overlay::DatagramMeta& meta) const { return place_of(meta) != nullptr; }

  // Whether one more answer is within the cap.
  [[nodiscard]] bool has_room(overlay::Instant now);
  // Writes the success answer of a served Binding request and says where it goes.
  [[nodiscard]] overlay::Result<overlay::DatagramRoute, TurnFailure> answer(const TurnRequest& request,
                                                                            StunWriter& writer);

 private:
  [[nodiscard]] const DiscoveryPlace* place_of(const overlay::DatagramMeta& meta) const;

  std::vector<DiscoveryPlace> places_;
  overlay::Instant second_began_{};
  std::size_t answers_in_second_ = 0;
};

}  // namespace relay
