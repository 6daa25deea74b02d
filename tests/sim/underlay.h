// The simulated Internet: hosts with one address each, and a path with its own faults for each ordered pair
// of them. Every path draws from its own random stream, so that a change on one does not disturb the others.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <unordered_map>
#include <utility>

#include "overlay/base/endpoint.h"
#include "overlay/base/strong_id.h"
#include "tests/sim/datagram.h"
#include "tests/sim/event_queue.h"
#include "tests/sim/underlay_path.h"

namespace sim {

class DatagramSink {
 public:
  virtual ~DatagramSink() = default;
  virtual void receive(Datagram&& datagram) = 0;
};

using HostId = overlay::StrongId<struct HostIdTag, std::uint32_t>;

// sent + duplicated = delivered + lost + cut + overflowed + unknown_host + datagrams still on their way.
struct UnderlayCounters {
  std::uint64_t sent = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t delivered = 0;
  std::uint64_t lost = 0;
  std::uint64_t cut = 0;
  std::uint64_t overflowed = 0;
  std::uint64_t unknown_host = 0;
};

class Underlay {
 public:
  Underlay(EventQueue& events, std::uint64_t seed) : events_(events), seed_(seed) {}

  // The sink outlives the underlay.
  HostId attach(const overlay::IpAddress& address, DatagramSink& sink);

  // One direction. New paths have no delay and no faults.
  [[nodiscard]] PathConfig& path(HostId from, HostId to) { return find(from, to).config(); }
  // Both directions.
  void set_cut(HostId a, HostId b, bool cut);

  // A cut also drops datagrams that are on their way.
  void send(HostId from, const Datagram& datagram);

  // Gets every datagram when it enters.
  void set_tap(std::function<void(const Datagram&)> see) { tap_ = std::move(see); }

  [[nodiscard]] const UnderlayCounters& counters() const { return counters_; }
  [[nodiscard]] std::uint64_t in_flight() const { return in_flight_; }
  // A hash of all deliveries and their times: equal runs have equal digests.
  [[nodiscard]] std::uint64_t digest() const { return digest_; }

 private:
  struct Host {
    overlay::IpAddress address;
    DatagramSink* sink;
  };
  [[nodiscard]] UnderlayPath& find(HostId from, HostId to);
  void deliver(UnderlayPath& path, const Host& host, Datagram datagram);
  void note(const Datagram& datagram);

  EventQueue& events_;
  std::uint64_t seed_;
  std::vector<Host> hosts_;
  std::unordered_map<overlay::IpAddress, HostId> hosts_by_address_;
  std::map<std::pair<HostId, HostId>, UnderlayPath> paths_;
  std::function<void(const Datagram&)> tap_;
  UnderlayCounters counters_;
  std::uint64_t in_flight_ = 0;
  std::uint64_t digest_ = 0xcbf29ce484222325;
};

}  // namespace sim
