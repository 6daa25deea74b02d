// One simulated machine with a node: the production control plane and data plane, connected like the shell in
// relay/node, with a clock and a packet back end of its own.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "overlay/base/random.h"
#include "relay/control_plane/control_plane.h"
#include "relay/data_plane/data_plane.h"
#include "tests/sim/alarm.h"
#include "tests/sim/layout.h"
#include "tests/sim/media_trace.h"
#include "tests/sim/node_clock.h"
#include "tests/sim/referee.h"
#include "tests/sim/sim_packet_io.h"
#include "tests/sim/underlay.h"

namespace sim {

// Shared by all machines of one world.
struct World {
  explicit World(std::uint64_t world_seed) : seed(world_seed), underlay(events, world_seed), trace(referee) {}

  std::uint64_t seed;
  EventQueue events;
  Referee referee;
  Underlay underlay;
  MediaTrace trace;
};

struct SimNodeConfig {
  NodeSpec spec;
  ClockConfig clock;
  relay::ControlPlaneConfig control;
  relay::DataPlaneConfig data;
  Duration message_delay{};  // between the planes; zero: handed over at once
};

struct ObservedEvent {
  SimTime at;
  overlay::OverlayEvent event;
};

class SimNode final : public DatagramSink {
 public:
  // The world outlives the node. A new node stands still until start().
  SimNode(SimNodeConfig config, World& world);

  // Starts the node. Only its name, keys and stored files survive from earlier lives.
  void start();
  // Silent death: no other node is informed.
  void stop();
  // The configuration of later lives has no seeds.
  void forget_seeds() { config_.control.seeds.clear(); }
  [[nodiscard]] bool is_running() const { return life_ != nullptr; }
  // Stops the thread of the control plane; the data plane continues with its last snapshot.
  void freeze_control();
  void thaw_control();
  [[nodiscard]] bool is_control_frozen() const { return control_frozen_; }
  // Stops the whole process (SIGSTOP). Datagrams wait in its sockets.
  void freeze();
  void thaw();
  void jump_calendar(overlay::UnixSeconds by);

  void receive(Datagram&& datagram) override;

  [[nodiscard]] const NodeSpec& spec() const { return config_.spec; }
  [[nodiscard]] HostId host() const { return host_; }
  [[nodiscard]] overlay::Instant now() const { return clock_.local(world_.events.now()); }
  [[nodiscard]] const relay::ControlPlane& control_plane() const;
  [[nodiscard]] const overlay::OverlayCounters& overlay_counters() const;
  [[nodiscard]] const relay::RelayCounters& relay_counters() const;
  // The forwarding table of the data plane. Null before the first snapshot of this life.
  [[nodiscard]] const overlay::ForwardingTable* forwarding() const { return forwarding_.get(); }
  // The events of the data plane, of all lives.
  [[nodiscard]] const std::vector<ObservedEvent>& observed() const { return observed_; }
  // The last measurement of each link in this life.
  [[nodiscard]] const std::map<overlay::NodeId, relay::LinkMeasured>& links() const { return links_; }
  // How often the active route to `destination` was changed by the control plane.
  [[nodiscard]] int route_changes(overlay::NodeId destination) const;

 private:
  struct Life {
    Life(const SimNodeConfig& config, World& world, SimNode& node, std::uint64_t seed);

    overlay::SeededRandom random;
    SimPacketIo io;
    relay::DataPlane data;
    relay::ControlPlane control;
  };
  struct RouteChange {
    SimTime at;
    overlay::NodeId destination;
  };

  void store_known_hubs();
  void read(Datagram&& datagram);
  void leave(Datagram&& datagram);
  void on_data_timer();
  void on_control_timer();
  void pump();
  [[nodiscard]] bool carry_messages();
  void to_control(relay::ToControlPlane message);
  void give_to_control(relay::ToControlPlane&& message);
  void to_data(relay::AddressedMessage message);
  void give_to_data(relay::ToDataPlane&& message);
  void observe(const relay::ToControlPlane& message);
  void observe(const relay::InstallForwarding& snapshot);
  void check_balance();
  void arm();
  void check_progress(SimTime next);

  SimNodeConfig config_;
  World& world_;
  HostId host_;
  NodeClock clock_;
  std::uint64_t lives_ = 0;
  std::unique_ptr<Life> life_;
  bool control_frozen_ = false;
  std::deque<relay::ToControlPlane> waiting_for_control_;
  bool is_frozen_ = false;
  std::deque<Datagram> unread_;
  Alarm data_alarm_;
  Alarm control_alarm_;
  int rings_without_progress_ = 0;
  SimTime last_ring_{};
  std::shared_ptr<const overlay::ForwardingTable> forwarding_;
  std::map<overlay::NodeId, relay::LinkMeasured> links_;
  std::vector<ObservedEvent> observed_;
  std::vector<RouteChange> route_changes_;
};

}  // namespace sim
