// The requests of the admin socket that change the node, beside the queries of admin_queries.h. Runs on the
// control loop.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "overlay/base/result.h"
#include "relay/node/drain_request.h"
#include "relay/node/reload_report.h"

namespace relay {

struct NodeOperations {
  std::function<ReloadReport()> reload;
  std::function<overlay::Result<DrainReport>(const DrainRequest&)> drain;
  std::function<overlay::Status(const std::string& node)> undrain;
};

// Nothing when the request is not a command of these.
[[nodiscard]] std::optional<std::string> answer_command(const NodeOperations& operations,
                                                        std::string_view request);

}  // namespace relay
