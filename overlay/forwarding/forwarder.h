// Where a media frame goes next. Pure decisions over a forwarding table and the state of the node's own
// links: while a link is suspect its frames are duplicated onto another route, once it is down they move
// there.
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
  // kDown for a node that is no neighbor.
  [[nodiscard]] virtual LinkState link_state(NodeId neighbor) const = 0;
};

// One or two copies of a frame, each with its own header.
struct ForwardVia {
  RouteHeader primary;
  std::optional<RouteHeader> duplicate;
};

// What the ingress sends. `flow_label` is kept on every copy. Drops with kNoRoute when the table has no
// route, with kNoLink when no route starts with a link that carries frames.
[[nodiscard]] Result<ForwardVia, DropReason> route_at_ingress(NodeId self, NodeId egress,
                                                              std::uint32_t flow_label,
                                                              const ForwardingTable& table,
                                                              const LinkStates& links);

// What a transit node sends on: the frame's own next hop, or a local repair around it. Repair never visits a
// node twice and spends the hop limit, so that a frame cannot circle while views disagree.
[[nodiscard]] Result<ForwardVia, DropReason> route_in_transit(NodeId self, const RouteHeader& arrived,
                                                              const ForwardingTable& table,
                                                              const LinkStates& links);

}  // namespace overlay
