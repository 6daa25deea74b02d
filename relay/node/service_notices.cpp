#include "relay/node/service_notices.h"

#include <chrono>
#include <string>

#include <systemd/sd-daemon.h>

namespace relay {

void notify_ready() {
  (void)::sd_notify(0, "READY=1");
}

void notify_reloading(overlay::Instant now) {
  const auto since_boot = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
  const std::string state = "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(since_boot.count());
  (void)::sd_notify(0, state.c_str());
}

void notify_alive() {
  (void)::sd_notify(0, "WATCHDOG=1");
}

void notify_stopping() {
  (void)::sd_notify(0, "STOPPING=1");
}

}  // namespace relay
