// The slow part of a node: neighbors, link state, paths. A core; one for each process, on the control thread.
// Gets messages from data planes and the time; posts messages for data planes. No packet passes through it:
// when it stalls, the data planes continue with their last snapshot.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "overlay/base/random.h"
#include "overlay/base/time.h"
#include "overlay/crypto/node_identity.h"
#include "overlay/link/link_handshaker.h"
#include "relay/control_plane/hub_distances.h"
#include "relay/control_plane/known_hubs.h"
#include "relay/control_plane/link_state_speaker.h"
#include "relay/control_plane/media_keys.h"
#include "relay/control_plane/neighbor_choice.h"
#include "relay/control_plane/neighbors.h"
#include "relay/control_plane/retired_endpoints.h"
#include "relay/history/event_recorder.h"
#include "relay/messages/plane_messages.h"
#include "routing/relayed_address_claims.h"
#include "routing/router.h"

namespace relay {

struct ControlPlaneConfig {
  const overlay::NodeIdentity* identity = nullptr;  // outlives the control plane
  overlay::SigningPublicKey cluster_ca;
  bool has_overlay = true;                   // shown in reports only
  std::vector<overlay::Endpoint> listen;     // overlay ports of the first data plane; source of handshakes
  std::vector<overlay::Endpoint> advertise;  // addresses of these ports for neighbors
  std::vector<overlay::NeighborAddress> seeds;
  KnownHubs known_hubs;   // from the last life of the process
  std::size_t homes = 3;  // number of hubs that an edge keeps links with
  std::vector<overlay::IpAddress> relayed_addresses;
  std::vector<overlay::Endpoint> turn_listen;
  std::uint64_t epoch = 0;  // of our link-state records; must increase with every start
  std::size_t cores = 1;
  std::uint32_t suspect_after = 3;  // shown in reports only
  std::string version;
};

struct TurnReconfiguration {
  std::vector<std::shared_ptr<const TurnServerConfig>> servers;  // by core
  std::vector<overlay::Endpoint> datagram_listeners;             // UDP ports
  std::vector<overlay::Endpoint> plain_listeners;                // listeners that accept more than DTLS
  std::vector<overlay::IpAddress> relayed_addresses;
  std::optional<overlay::Duration> usage_interval;
  bool ends_disallowed = true;  // of allocations that the configuration before allowed
  std::shared_ptr<const ListenerChange> sockets;
};

struct ControlPlaneCounters {
  std::uint64_t link_changes_missed = 0;   // found by measurements, because the LinkChanged was lost
  std::uint64_t messages_lost = 0;         // to data planes, discarded because too many waited here
  std::uint64_t messages_undelivered = 0;  // to data planes, discarded because too many waited in the shell
};

// A message for one data plane, or for all when `core` is nullopt.
struct AddressedMessage {
  std::optional<std::size_t> core;
  ToDataPlane message;
};

class ControlPlane {
 public:
  ControlPlane(ControlPlaneConfig config, overlay::Random& random, overlay::Instant now,
               const overlay::WallClock& wall_clock);

  void on_message(std::size_t core, ToControlPlane&& message, overlay::Instant now);
  void on_timer(overlay::Instant now);
  [[nodiscard]] overlay::Instant next_timeout() const;
  void set_wall_clock(const overlay::WallClock& wall_clock, overlay::Instant now);
  // Applies a new TURN configuration.
  void reconfigure(const TurnReconfiguration& turn, overlay::Instant now);
  // Starts a drain: no new allocations, no transit traffic. nullopt ends the drain.
  void drain(std::optional<Drain> drain, overlay::Instant now);
  [[nodiscard]] const std::optional<Drain>& draining() const { return draining_; }
  // The generation of the last reconfigure() or drain(), and the data planes that have not reported it yet.
  [[nodiscard]] std::uint64_t turn_generation() const { return turn_generation_; }
  [[nodiscard]] std::vector<std::size_t> planes_behind() const;
  // The UDP ports that a new list of listeners would open.
  [[nodiscard]] std::vector<overlay::Endpoint> listeners_to_open(
      std::span<const overlay::Endpoint> listen) const {
    return retired_listeners_.steps(config_.turn_listen, listen).open;
  }

  // Call it until nullopt after each input.
  [[nodiscard]] std::optional<AddressedMessage> poll_message();

  // The shell could not keep a polled message for its data plane.
  void note_undelivered() { ++counters_.messages_undelivered; }

  // For admin queries and for the invariants of the simulation.
  [[nodiscard]] const routing::LinkStateDb& link_state_db() const { return speaker_.db(); }
  [[nodiscard]] const routing::Router& router() const { return router_; }
  [[nodiscard]] const EventLog& events() const { return events_.log(); }
  // Relayed addresses of the cluster; see RelayedAddressOwner::rivals for conflicts.
  [[nodiscard]] const std::vector<routing::RelayedAddressOwner>& relayed_address_owners() const {
    return relayed_address_owners_;
  }
  [[nodiscard]] const Neighbors& neighbors() const { return neighbors_; }
  // For the next life of the process.
  [[nodiscard]] const KnownHubs& known_hubs() const { return known_hubs_; }
  [[nodiscard]] const ControlPlaneConfig& config() const { return config_; }
  [[nodiscard]] const std::vector<DataPlaneReport>& data_plane_reports() const { return reports_; }
  // Time of the last report of each data plane; the epoch of the timeline before the first report.
  [[nodiscard]] const std::vector<overlay::Instant>& reported_at() const { return reported_at_; }
  [[nodiscard]] const ControlPlaneCounters& counters() const { return counters_; }
  [[nodiscard]] const overlay::HandshakeCounters& handshake_counters() const {
    return handshaker_.counters();
  }
  [[nodiscard]] const routing::FloodCounters& flood_counters() const { return speaker_.flood_counters(); }
  [[nodiscard]] overlay::Instant started_at() const { return started_at_; }
  [[nodiscard]] overlay::UnixSeconds wall_time(overlay::Instant now) const { return wall_clock_.at(now); }

 private:
  void on_link_changed(const overlay::LinkChanged& changed, overlay::Instant now);
  void on_link_measured(const LinkMeasured& measured, overlay::Instant now);
  void on_report(std::size_t core, DataPlaneReport&& report, overlay::Instant now);
  void close_unused_listeners(std::size_t core);
  void withdraw_unused_addresses(std::size_t core, overlay::Instant now);
  // Claims the configured relayed addresses, and retired ones that allocations still use.
  void claim_addresses(overlay::Instant now);
  void on_control(const ControlReceived& received, overlay::Instant now);
  void on_established(const overlay::EstablishedSession& session, overlay::Instant now);
  // A frame has arrived on a session. The first one on a session that we have answered makes a neighbor.
  void confirm(overlay::NodeId neighbor, overlay::SessionIndex session, overlay::Instant now);
  void add_neighbor(overlay::NodeId neighbor, overlay::Instant now);
  void drain_handshaker(overlay::Instant now);
  void drain_flooder();
  // Originates the own record if it differs enough, or at once when `urgent`.
  void speak(bool urgent, overlay::Instant now);
  void recompute(overlay::Instant now);
  void install_forwarding(overlay::Instant now);
  void choose_links(overlay::Instant now);
  void call(overlay::NodeId hub, overlay::Instant now);
  void remember_hubs(overlay::Instant now);
  // Dials seeds and known hubs that the flood does not reach, without end.
  void dial_lost_hubs(bool own_hub, const std::vector<overlay::NodeId>& chosen, overlay::Instant now);
  [[nodiscard]] bool has_link_up() const;
  void tend_homes(const std::vector<HubCandidate>& candidates, const std::vector<overlay::NodeId>& chosen,
                  overlay::Instant now);
  void begin_trial(overlay::NodeId hub, overlay::Instant now);
  void drop_link(overlay::NodeId neighbor, overlay::Instant now);
  [[nodiscard]] std::vector<HubCandidate> hub_candidates(overlay::Instant now) const;
  [[nodiscard]] overlay::Endpoint local_for(const overlay::Endpoint& remote) const;
  void post(std::optional<std::size_t> core, ToDataPlane message);

  ControlPlaneConfig config_;
  overlay::NodeId self_;
  overlay::WallClock wall_clock_;
  overlay::Instant started_at_;
  overlay::LinkHandshaker handshaker_;
  LinkStateSpeaker speaker_;
  routing::Router router_;
  MediaKeys media_keys_;
  Neighbors neighbors_;
  KnownHubs known_hubs_;
  std::vector<overlay::NodeId> dialled_;  // lost hubs
  HubDistances distances_;
  overlay::NodeId trial_;  // the hub that is measured as a possible nearer home
  overlay::Instant trial_since_{};
  EventRecorder events_;
  std::vector<routing::RelayedAddressOwner> relayed_address_owners_;
  std::vector<DataPlaneReport> reports_;
  std::vector<overlay::Instant> reported_at_;  // by core
  RetiredEndpoints retired_listeners_;
  RetiredEndpoints retired_addresses_;  // relayed addresses; the port is 0
  std::uint64_t turn_generation_ = 0;
  std::optional<Drain> draining_;
  std::deque<AddressedMessage> messages_;
  ControlPlaneCounters counters_;
  std::uint64_t seen_revision_ = 0;
  overlay::Instant recompute_at_ = overlay::kNever;
  overlay::Instant speak_at_ = overlay::kNever;
  overlay::Instant choose_at_;
};

}  // namespace relay
