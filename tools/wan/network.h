// The WAN as a whole: who is where, what each of the links does at present, and the counters. Pure; the shell
// (wan_loop.h) owns devices, packets and time.
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
  LinkShape base;   // as the topology or `set` says; faults come on top
  LinkModel model;  // as it is now
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

  // A packet that `from` sent. What is dropped is counted.
  [[nodiscard]] Admission admit(HostIndex from, overlay::Bytes packet, overlay::Instant now);
  // Asked when a packet is due: a cut also takes what is on its way. What is dropped is counted.
  [[nodiscard]] bool may_arrive(HostIndex from, HostIndex to);
  void count_delivered(HostIndex from, HostIndex to, std::size_t bytes);
  void count_dropped(HostIndex from, HostIndex to, DropReason reason);
  // Packets that belong to no link: unknown destination, not IP, no buffer.
  [[nodiscard]] const LinkCounters& stray() const { return stray_; }
  void count_stray(DropReason reason);

  [[nodiscard]] const std::vector<Fault>& faults() const { return faults_; }
  // Fails beyond kMaxFaults.
  [[nodiscard]] overlay::Status add_faults(std::vector<Fault> faults);
  // Each returns how many faults are gone.
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

// The destination of an IPv4 or IPv6 packet; unspecified when it is neither.
[[nodiscard]] overlay::IpAddress destination_of(overlay::Bytes packet);

}  // namespace wan
