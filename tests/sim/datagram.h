// A datagram on its way through the simulated underlay.
#pragma once

#include <vector>

#include "overlay/base/bytes.h"
#include "overlay/base/endpoint.h"
#include "overlay/base/ids.h"
#include "overlay/base/packet_io.h"

namespace sim {

struct Datagram {
  overlay::Endpoint source;
  overlay::Endpoint destination;
  overlay::TrafficClass traffic_class = 0;
  overlay::ByteVector bytes;
  // Not on the wire: the nodes that this copy of a media frame has visited, for the loop rule.
  std::vector<overlay::NodeId> visited;
};

}  // namespace sim
