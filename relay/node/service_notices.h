// Tells the service manager in which state the daemon is: systemd's protocol, sd_notify(3). Without
// NOTIFY_SOCKET in the environment every call does nothing. A notice that is lost is not repeated: the
// timeouts of the service manager cover the loss. Control thread.
#pragma once

#include "overlay/base/time.h"

namespace relay {

// READY=1: every port and the admin socket are bound; or a reload is over, whether applied or refused.
void notify_ready();
// RELOADING=1: a reload begins; notify_ready() follows. `now` is of CLOCK_MONOTONIC.
void notify_reloading(overlay::Instant now);
// WATCHDOG=1: the control loop and every data plane make progress (watchdog.h).
void notify_alive();
// STOPPING=1: the daemon stops serving.
void notify_stopping();

}  // namespace relay
