// The requests of the admin socket that change the node. admin_queries.h has those that only read. Runs on
// the control loop.
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
  // `with_grace`: allocations that the new configuration forbids run out.
  std::function<ReloadReport(bool with_grace)> reload;
  std::function<overlay::Result<DrainReport>(const DrainRequest&)> drain;
  std::function<overlay::Status(const std::string& node)> undrain;
  // Calls back later: what became of the last of these.
  std::function<void(PendingChanges::Handler)> when_applied;
};

using Reply = std::function<void(std::string answer)>;

// Returns false when the request is none of these commands. A rejected request is answered at once. A change
// is answered when all data planes have applied it, or after a timeout.
[[nodiscard]] bool answer_command(const NodeOperations& operations, std::string_view request,
                                  const Reply& reply);

}  // namespace relay
