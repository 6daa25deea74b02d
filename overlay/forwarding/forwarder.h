// Chooses the next hop of a media frame. Pure decisions from a forwarding table and the state of the node's
// own links. While a link is suspect, its frames are duplicated onto another route. When the link is down,
// its frames move to that route.
#pragma once

#include <optional>

#include "overlay/base/drop_reason.h"
#include "overlay/base/result.h"
#include "overlay/forwarding/forwarding_table.h"
#include "overlay/forwarding/route_header.h"
#include "overlay/link/liveness.h"

namespace overlay {

// The state of the node's links, by neighbor.
class LinkStates {
 public:
  virtual ~LinkStates() = default;
  // kDown for a node that is not a neighbor.
  [[nodiscard]] virtual LinkState link_state(NodeId neighbor) const = 0;
};

// One or two copies of a frame, each with its own header. A frame is duplicated once on its whole way.
struct ForwardVia {
  RouteHeader primary;
  std::optional<RouteHeader> duplicate;
};

// The route of a packet at the ingress. Every copy carries `flow_label`. Drops: kNoRoute when the table has
// no route, kNoLink when no route starts with a usable link.
[[nodiscard]] Result<ForwardVia, DropReason> route_at_ingress(NodeId self, NodeId egress,
                                                              std::uint32_t flow_label,
                                                              const ForwardingTable& table,
                                                              const LinkStates& links);

// The route of a frame at a transit node: the frame's own next hop, or a local repair around it. A repair
// never visits a node twice and uses up the hop limit, so a frame cannot circle while nodes have different
// views.
[[nodiscard]] Result<ForwardVia, DropReason> route_in_transit(NodeId self, const RouteHeader& arrived,
                                                              const ForwardingTable& table,
                                                              const LinkStates& links);

}  // namespace overlay
