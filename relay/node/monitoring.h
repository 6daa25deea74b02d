// Answers HTTP requests of monitoring systems from the control plane's state. Reads only.
#pragma once

#include <string_view>

#include "overlay/base/time.h"
#include "relay/node/control_plane.h"
#include "relay/node/http_server.h"

namespace relay {

// /metrics, /healthz, /readyz; anything else is 404.
[[nodiscard]] HttpAnswer answer_monitoring(const ControlPlane& control, std::string_view path,
                                           overlay::Instant now);

}  // namespace relay
