// The kernel's data about a network interface on which XDP relays: state, features, lost frames.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "overlay/base/bytes.h"
#include "overlay/base/result.h"
#include "relay/fast_path/netlink.h"

namespace relay {

class NetworkDevice {
 public:
  // By name, in this thread's network namespace.
  [[nodiscard]] static overlay::Result<NetworkDevice> open(const std::string& name);

  struct State {
    bool is_up = false;         // and can carry frames
    bool takes_frames = false;  // of bpf_redirect; Linux 6.3 knows, before it is taken for true
    bool hides_vlans = false;   // VLANs of this host are on it, and tags are taken off before XDP
    std::uint64_t dropped = 0;  // frames that were to be sent, ever
  };
  [[nodiscard]] overlay::Result<State> state();
  // Frames of XDP that the driver could not send, ever, as far as it counts them. Takes longer: some drivers
  // ask their hardware.
  [[nodiscard]] std::uint64_t xdp_errors();

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool is_veth() const { return is_veth_; }

 private:
  NetworkDevice(std::string name, unsigned index, Netlink route, Netlink generic);
  [[nodiscard]] overlay::Result<overlay::Bytes> link();
  void find_features();
  [[nodiscard]] bool takes_frames();
  [[nodiscard]] bool hides_vlans() const;

  std::string name_;
  unsigned index_;
  Netlink route_;
  Netlink generic_;
  overlay::FileDescriptor ethtool_;  // any socket
  std::uint16_t features_ = 0;       // the family that tells them, or 0: none does
  bool is_veth_ = false;
};

// Whether a VLAN is on that device, by what /proc/net/vlan/config lists.
[[nodiscard]] bool has_vlan(std::string_view config, std::string_view device);
// Whether a driver's statistic of that name counts frames that XDP gave it and it could not send. Drivers
// choose names: tx_queue_0_xdp_xmit_errors, tx0_xdp_tx_drops, tx_xdp_full.
[[nodiscard]] bool counts_xdp_errors(std::string_view name);

}  // namespace relay
