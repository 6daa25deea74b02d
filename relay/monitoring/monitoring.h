// Answers HTTP requests of monitoring systems from the control plane's state. Reads only.
#pragma once

#include <string_view>

#include "overlay/base/time.h"
#include "relay/control_plane/control_plane.h"
#include "relay/http/http_server.h"
#include "relay/io/tls_identity.h"

namespace relay {

// The sources of the metrics.
struct Monitored {
  const ControlPlane& control;
  const TlsIdentity* tls = nullptr;  // what clients are shown; none without TLS
};

// /metrics, /healthz, /readyz; anything else is 404.
[[nodiscard]] HttpAnswer answer_monitoring(const Monitored& node, std::string_view path,
                                           overlay::Instant now);

}  // namespace relay
