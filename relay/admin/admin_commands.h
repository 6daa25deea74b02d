// The requests of the admin socket that change the node, beside the queries of admin_queries.h. Runs on the
// control loop.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "overlay/base/result.h"
#include "relay/admin/pending_changes.h"
#include "relay/admin/reload_report.h"
#include "relay/messages/drain_request.h"

namespace relay {

struct NodeOperations {
  std::function<ReloadReport()> reload;
  std::function<overlay::Result<DrainReport>(const DrainRequest&)> drain;
  std::function<overlay::Status(const std::string& node)> undrain;
  // Calls back later: what became of the last of these.
  std::function<void(PendingChanges::Handler)> when_applied;
};

using Reply = std::function<void(std::string answer)>;

// False when the request is not a command of these. What is refused is answered at once, and a change when
// all data planes have applied it or have taken too long.
[[nodiscard]] bool answer_command(const NodeOperations& operations, std::string_view request,
                                  const Reply& reply);

}  // namespace relay
