// The whole WAN: the hosts, the current behavior of each link, and the counters. Pure; the shell (wan_loop.h)
// owns devices, packets and time.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "overlay/base/bytes.h"
#include "overlay/base/endpoint.h"
#include "overlay/base/random.h"
#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "tools/wan/fault.h"
#include "tools/wan/host.h"
#include "tools/wan/link_model.h"

namespace wan {

struct LinkCounters {
  std::uint64_t received = 0;  // read from the source; = delivered + dropped + in flight
  std::uint64_t delivered = 0;
  std::uint64_t delivered_bytes = 0;
  std::array<std::uint64_t, kDropReasons> dropped{};

  void drop(DropReason reason) { ++dropped[static_cast<std::size_t>(reason)]; }
  bool operator==(const LinkCounters&) const = default;
};

// One direction between two hosts.
struct Link {
  LinkShape base;   // of the topology or of `set`; faults are added
  LinkModel model;  // with all faults
  LinkCounters counters;
};

class Network {
 public:
  struct Transit {
    HostIndex to;
    overlay::Instant arrival;
  };
  using Admission = overlay::Result<Transit, DropReason>;

  // Links are without delay, loss or limit until set_base().
  Network(std::vector<Host> hosts, overlay::Random& random);

  [[nodiscard]] const std::vector<Host>& hosts() const { return hosts_; }
  [[nodiscard]] Link& link(HostIndex from, HostIndex to);
  [[nodiscard]] const Link& link(HostIndex from, HostIndex to) const;
  void set_base(HostIndex from, HostIndex to, const LinkShape& base);

  // Routes a packet that `from` sent. Counts drops.
  [[nodiscard]] Admission admit(HostIndex from, overlay::Bytes packet, overlay::Instant now);
  // Called when a packet is due: a cut also drops packets in flight. Counts drops.
  [[nodiscard]] bool may_arrive(HostIndex from, HostIndex to);
  void count_delivered(HostIndex from, HostIndex to, std::size_t bytes);
  void count_dropped(HostIndex from, HostIndex to, DropReason reason);
  // Counts packets without a link: unknown destination, not IP, no buffer.
  [[nodiscard]] const LinkCounters& stray() const { return stray_; }
  void count_stray(DropReason reason);

  [[nodiscard]] const std::vector<Fault>& faults() const { return faults_; }
  // An error beyond kMaxFaults.
  [[nodiscard]] overlay::Status add_faults(std::vector<Fault> faults);
  // Each returns the number of removed faults.
  std::size_t heal(std::string_view a, std::string_view b);
  std::size_t heal_all();

  static constexpr std::size_t kMaxFaults = 256;

 private:
  [[nodiscard]] std::size_t index(HostIndex from, HostIndex to) const {
    return std::size_t{from.value()} * hosts_.size() + to.value();
  }
  void reshape_all();
  void reshape(HostIndex from, HostIndex to);

  std::vector<Host> hosts_;
  std::unordered_map<overlay::IpAddress, HostIndex> hosts_by_address_;
  std::vector<Link> links_;  // row by row
  LinkCounters stray_;
  std::vector<Fault> faults_;
  overlay::Random& random_;
};

// The destination of an IPv4 or IPv6 packet; unspecified for other packets.
[[nodiscard]] overlay::IpAddress destination_of(overlay::Bytes packet);

}  // namespace wan
