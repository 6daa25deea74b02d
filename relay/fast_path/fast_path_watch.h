// Watches the interfaces of the XDP program and reports the interfaces that may send frames. The owner calls
// it about once a second, always on one thread.
#pragma once

#include <string>
#include <vector>

#include "relay/fast_path/interface_watch.h"
#include "relay/fast_path/network_device.h"
#include "relay/fast_path/xdp_relay.h"

namespace relay {

class FastPathWatch {
 public:
  // `relay` outlives this.
  explicit FastPathWatch(XdpRelay& relay) : relay_(relay) {}

  // One that the program is on. Frames leave by it from now on, if they can.
  [[nodiscard]] overlay::Status add(const std::string& interface, InterfacePlace place, overlay::Instant now);
  void on_second(overlay::Instant now);

 private:
  struct Watched {
    NetworkDevice device;
    InterfacePlace place = 0;
    InterfaceWatch watch;
    InterfaceState state = InterfaceState::kOpen;
    std::uint64_t sent = 0;        // by the last sample
    std::uint64_t xdp_errors = 0;  // likewise
  };

  void look_at(Watched& watched, overlay::Instant now);
  [[nodiscard]] InterfaceSample take_sample(Watched& watched);

  XdpRelay& relay_;
  std::vector<Watched> watched_;
};

}  // namespace relay
