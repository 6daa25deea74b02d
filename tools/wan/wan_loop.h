// The shell of the WAN: one thread that reads every host's TUN device, asks the Network, and writes each
// packet to its destination's device when it is due.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "overlay/loop/file_descriptor.h"
#include "tools/wan/control_socket.h"
#include "tools/wan/delay_queue.h"
#include "tools/wan/network.h"
#include "tools/wan/packet_pool.h"
#include "tools/wan/tun_device.h"
#include "tools/wan/udp_train.h"

namespace wan {

class WanLoop {
 public:
  // Maximum number of packets in flight; more are dropped as kPool. 200,000 packets/s over 300 ms need
  // 60,000.
  static constexpr std::size_t kMaxInFlight = 131'072;

  explicit WanLoop(Network& network);

  // Attaches to every host's device, listens for commands at `socket_path`, and runs until SIGTERM or SIGINT.
  [[nodiscard]] overlay::Status run(const std::string& socket_path);

 private:
  [[nodiscard]] overlay::Status open_devices();
  [[nodiscard]] overlay::Status catch_signals();
  [[nodiscard]] bool watch(int fd);
  void loop(ControlSocket& control);
  void drain(HostIndex from);
  void take_in(HostIndex from, PacketPool::Slot slot);
  void deliver_due();
  void deliver(PacketPool::Slot slot);
  void depart(HostIndex to);

  // Packets that are about to be written to one host.
  struct Platform {
    UdpTrain train;
    std::vector<PacketPool::Slot> slots;  // of the packets in the train
  };

  Network& network_;
  PacketPool pool_;
  DelayQueue<PacketPool::Slot> in_flight_;
  overlay::FileDescriptor epoll_;
  overlay::FileDescriptor signals_;
  std::vector<TunDevice> devices_;      // by HostIndex
  std::vector<HostIndex> hosts_by_fd_;  // by descriptor; kNoHost for other descriptors
  std::vector<Platform> platforms_;     // by HostIndex
  std::vector<HostIndex> boarding_;     // hosts whose platform is not empty
  bool kernel_knows_trains_ = true;
};

}  // namespace wan
