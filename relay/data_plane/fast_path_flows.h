// The flows of one data plane that a fast path (XDP) relays. Selects them, and counts their traffic as if the
// data plane had relayed it. Does nothing without a fast path. Belongs to a data plane and its thread.
#pragma once

#include <optional>

#include "overlay/forwarding/overlay_plane.h"
#include "relay/data_plane/translated_io.h"
#include "relay/fast_path/fast_path.h"
#include "relay/messages/plane_messages.h"
#include "relay/turn/turn_server.h"

namespace relay {

class FastPathFlows {
 public:
  // All outlive this.
  struct Context {
    overlay::NodeId self;
    const overlay::OverlayPlane& overlay;
    const std::optional<TranslatedIo>& translation;
    std::optional<TurnServer>& turn;
    RelayCounters& counters;
  };
  explicit FastPathFlows(const Context& context) : context_(context) {}

  // Once only.
  void attach(FastPath& fast_path);
  [[nodiscard]] bool is_attached() const { return fast_path_ != nullptr; }

  // The datagram of a client has a verdict with a shortcut.
  void enter(const overlay::DatagramMeta& meta, const TurnVerdict& verdict, overlay::Instant now);
  void leave(const FiveTuple& client, overlay::Instant now);
  void leave_all(overlay::Instant now);
  // The paths have changed: flows whose peer is now behind the overlay leave.
  void leave_if_rerouted(overlay::Instant now);
  // The addresses of the host have changed: flows to those that are closed to clients leave.
  void leave_closed_hosts(overlay::Instant now);
  // Counts all traffic of the fast path so far.
  void count_traffic();

 private:
  [[nodiscard]] bool leaves_for_internet(const overlay::Endpoint& peer) const;
  void on_traffic(const RelayFlow& flow, const FlowTraffic& traffic);

  Context context_;
  FastPath* fast_path_ = nullptr;
};

}  // namespace relay
