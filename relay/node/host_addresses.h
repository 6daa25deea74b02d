// All addresses on which the host answers, kept current: the kernel announces changes over a netlink socket.
// These are the addresses of its interfaces and the local routes, which clouds add for load balancers.
// Belongs to the control loop and its thread.
#pragma once

#include <functional>
#include <memory>

#include "overlay/base/result.h"
#include "overlay/loop/event_loop.h"
#include "overlay/loop/file_descriptor.h"
#include "relay/admission/peer_policy.h"

namespace relay {

class HostAddresses {
 public:
  using List = std::shared_ptr<const HostAddressList>;  // without loopback
  using Handler = std::function<void(const List&)>;

  // Errors: the kernel refuses the socket or the list.
  [[nodiscard]] static overlay::Result<std::unique_ptr<HostAddresses>> open(overlay::EventLoop& loop);

  // Calls the handler at once, and in the loop whenever an address comes or goes.
  void watch(Handler handler);
  // To be called about every second: reads the list again if the kernel refused it after a change.
  void check();

 private:
  HostAddresses(overlay::FileDescriptor socket, HostAddressList addresses);
  void on_change();
  void update();

  overlay::FileDescriptor socket_;
  List addresses_;
  bool is_stale_ = false;  // a change could not be read
  Handler handler_;
  overlay::EventLoop::Watch watch_;
};

}  // namespace relay
