// The seam between a data plane and whatever relays a flow's packets without it: XDP (flow_table.h). A flow
// is a channel of an allocation: the client's ChannelData to one peer, and that peer's datagrams to the
// client.
//
// The data plane sees a flow's first packets itself, and enters the flow until the first of its lifetimes is
// over. Then packets come to the data plane again, which enters the flow again if it still may. The data
// plane can relay packets of an entered flow at any time.
#pragma once

#include <cstdint>
#include <functional>

#include "overlay/base/endpoint.h"
#include "overlay/base/time.h"
#include "relay/stun/channel_data.h"
#include "relay/turn/allocation.h"

namespace relay {

struct RelayFlow {
  FiveTuple client;  // over UDP
  ChannelNumber channel;
  overlay::Endpoint relayed;  // as this host calls it
  overlay::Endpoint peer;
  overlay::Instant until{};
};

class FastPath {
 public:
  virtual ~FastPath() = default;

  // Called with what was relayed since it was called last, for each flow that has something to tell.
  using TrafficSink = std::function<void(const RelayFlow&, const FlowTraffic&)>;
  virtual void set_traffic_sink(TrafficSink sink) = 0;

  // Relays this flow, or goes on, from now until `flow.until`. May decline.
  virtual void enter(const RelayFlow& flow, overlay::Instant now) = 0;
  // No longer relays any flow of this client, or any that is chosen. Reports their last traffic.
  virtual void leave(const FiveTuple& client, overlay::Instant now) = 0;
  using Choice = std::function<bool(const RelayFlow&)>;
  virtual void leave_if(const Choice& is_chosen, overlay::Instant now) = 0;

  // Tells all traffic.
  virtual void tell_traffic() = 0;
};

}  // namespace relay
