// One allocation under test: the client's socket, the peer's socket, and the TURN client between them.
// open_flows() creates flows, close_flows() deletes their allocations.
#pragma once

#include <vector>

#include "overlay/base/result.h"
#include "overlay/loop/file_descriptor.h"
#include "tools/load/plan.h"
#include "tools/turn_client/turn_client.h"

namespace load {

struct Flow {
  overlay::FileDescriptor client;
  overlay::FileDescriptor peer;
  overlay::Endpoint peer_endpoint;
  call::TurnClient turn;
};

enum class Readiness { kAllocated, kPeerReady, kClosed };

// Opens plan.allocations flows, each with an allocation. `with_peer` also binds a channel or a permission for
// the flow's peer.
[[nodiscard]] overlay::Result<std::vector<Flow>> open_flows(const Plan& plan, bool with_peer);
[[nodiscard]] overlay::Status close_flows(std::vector<Flow>& flows);

}  // namespace load
