// Messages between the control plane and the data planes: small values and shared immutable snapshots.
// Bounded queues carry them in production; the simulation delivers them at once.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "overlay/base/bytes.h"
#include "overlay/base/endpoint.h"
#include "overlay/base/ids.h"
#include "overlay/base/packet_io.h"
#include "overlay/forwarding/forwarding_table.h"
#include "overlay/forwarding/media_gate.h"
#include "overlay/forwarding/media_keyring.h"
#include "overlay/forwarding/overlay_event.h"
#include "overlay/forwarding/overlay_plane.h"
#include "overlay/link/link.h"
#include "relay/messages/allocation_report.h"
#include "relay/messages/usage_record.h"
#include "relay/turn/drain.h"
#include "relay/turn/turn_server_config.h"

namespace relay {

// ---- control plane -> data plane ----

struct InstallSession {
  overlay::NodeId neighbor;
  overlay::Endpoint local;
  overlay::Endpoint remote;
  overlay::LinkSession session;
};

struct RemoveLink {
  overlay::NodeId neighbor;
};

// A handshake datagram to send as it is.
struct SendHandshake {
  overlay::Endpoint local;
  overlay::Endpoint remote;
  overlay::ByteVector bytes;
};

// A control payload to seal under the link with a neighbor.
struct SendControl {
  overlay::NodeId neighbor;
  overlay::ByteVector payload;
};

struct InstallForwarding {
  std::shared_ptr<const overlay::ForwardingTable> table;
  std::shared_ptr<const overlay::MediaKeyring> keyring;
};

// Answered by AllocationsListed.
struct ListAllocations {
  std::uint64_t query = 0;
  AllocationFilter filter;
  std::size_t limit = 0;
  bool ends = false;  // ends the matching allocations, listed or not
};

// The addresses of the host: at the start, and whenever they change.
struct HostAddressesChanged {
  std::shared_ptr<const HostAddressList> addresses;
};

// No allocation of the node has this relayed address any more, and the configuration has dropped it.
struct WithdrawRelayed {
  overlay::IpAddress address;
};

struct ListenerChange;  // of the shell, which opens and closes listeners

// A new configuration for the TURN server, and where it takes datagrams from now on. A data plane that has
// applied it reports its generation.
struct ReconfigureTurn {
  std::uint64_t generation = 0;
  std::shared_ptr<const TurnServerConfig> server;
  std::vector<overlay::Endpoint> listen;
  std::vector<overlay::Endpoint> retired_addresses;  // no longer relayed on, but for allocations; port 0
  std::vector<overlay::Endpoint> retire;     // ports that are gone for new clients, and stay open for others
  std::vector<overlay::Endpoint> take_back;  // those that are no longer gone
  std::optional<overlay::Duration> usage_interval;  // as in DataPlaneConfig
  bool ends_disallowed = true;  // ends what an earlier configuration allowed and this one forbids
  std::shared_ptr<const ListenerChange> sockets;
};

// A UDP listener that ReconfigureTurn removed, and that no data plane has clients on any more.
struct CloseListener {
  overlay::Endpoint listener;
};

// Drains the TURN server until a deadline. nullopt ends the drain. Reported like ReconfigureTurn.
struct DrainTurn {
  std::uint64_t generation = 0;
  std::optional<Drain> drain;
};

// ---- data plane -> data plane (only when a node has several) ----

// How a payload comes from a peer to a relayed address; its DSCP and ECN go on to the client.
struct PeerLeg {
  overlay::Endpoint relayed;
  overlay::Endpoint peer;
  overlay::TrafficClass traffic_class = 0;
};

// A payload for an allocation that another data plane holds.
struct MediaForAllocation {
  PeerLeg leg;
  overlay::ByteVector payload;
};

// A datagram (UDP or DTLS) of a client whose allocation, or whose reserved port, the receiver holds.
struct ClientDatagram {
  std::size_t from = 0;  // the data plane that the client's packets reach
  overlay::DatagramMeta meta;
  overlay::ByteVector bytes;
};

// To a client on DTLS whose allocation is at the sender: only there is its association.
struct AnswerToClient {
  overlay::DatagramRoute route;
  overlay::ByteVector bytes;
};

// The association of a client whose allocation is there ended; or a drain ended the allocation of one whose
// association is there.
struct ClientClosed {
  FiveTuple client;
};

// A payload to send through the overlay, whose links the first data plane holds.
struct MediaForOverlay {
  overlay::NodeId egress;
  overlay::InnerHeader inner;
  overlay::ByteVector payload;
};

struct HandedStream;  // of the shell, which has clients' connections

// A client's connection that goes on at the data plane that holds its peer's connection (RFC 6062), or keeps
// the port that it claims.
struct AdoptStream {
  std::shared_ptr<HandedStream> stream;
};

using ToDataPlane = std::variant<std::monostate, InstallSession, RemoveLink, SendHandshake, SendControl,
                                 InstallForwarding, ListAllocations, HostAddressesChanged, WithdrawRelayed,
                                 ReconfigureTurn, CloseListener, DrainTurn, MediaForAllocation,
                                 ClientDatagram, AnswerToClient, ClientClosed, MediaForOverlay, AdoptStream>;

// ---- data plane -> control plane ----

struct HandshakeReceived {
  overlay::Endpoint from;
  overlay::Endpoint local;
  overlay::ByteVector bytes;
};

struct ControlReceived {
  overlay::NodeId neighbor;
  overlay::ByteVector payload;
};

// Every link with a confirmed session, every kMeasureInterval.
inline constexpr overlay::Duration kMeasureInterval = std::chrono::milliseconds(50);
struct LinkMeasured {
  overlay::NodeId neighbor;
  overlay::SessionIndex session;  // our index of the current session
  overlay::LinkState state = overlay::LinkState::kDown;
  overlay::Duration rtt{};
  overlay::Duration jitter{};
  overlay::Instant last_heard{};
  overlay::Instant hold_up_until{};
  overlay::Duration tx_interval{};
  bool in_use = false;
  bool needs_rekey = false;
  overlay::LinkSample sample;
};

struct Traffic {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;

  void count(std::size_t size) {
    ++packets;
    bytes += size;
  }
  Traffic& operator+=(const Traffic& other) {
    packets += other.packets;
    bytes += other.bytes;
    return *this;
  }
};
using TrafficByTransport = std::array<Traffic, 4>;

struct RelayCounters {
  std::uint64_t client_in = 0;  // datagrams on TURN listeners
  std::uint64_t relay_in = 0;   // datagrams on relayed addresses
  std::uint64_t to_client = 0;
  std::uint64_t replies = 0;
  std::uint64_t to_internet = 0;
  std::uint64_t to_overlay = 0;
  std::uint64_t hairpinned = 0;
  std::uint64_t last_resort = 0;   // of to_internet, those for which the overlay had no path
  std::uint64_t from_overlay = 0;  // delivered out of the overlay
  std::uint64_t dropped = 0;
  std::uint64_t by_fast_path = 0;     // of client_in and relay_in, those that the data plane never saw
  std::uint64_t handoffs_lost = 0;    // between data planes, queue full
  std::uint64_t messages_lost = 0;    // to the control plane, queue full
  std::uint64_t unserved = 0;         // datagrams for which this node has no service
  std::uint64_t closed_listener = 0;  // of dropped, those on a removed listener
  std::uint64_t oversized = 0;        // between data planes, longer than a buffer
  TrafficByTransport from_clients{};
  TrafficByTransport to_clients{};
  Traffic from_peers;  // payloads for allocations
  Traffic to_peers;    // payloads of clients

  RelayCounters& operator+=(const RelayCounters& other);
};

// Handshake datagrams at the overlay ports: received = the sum of the others.
struct HandshakeGateCounters {
  std::uint64_t received = 0;
  std::uint64_t passed = 0;  // to the control plane
  std::uint64_t malformed = 0;
  std::uint64_t bad_mac = 0;           // initiations without a right MAC 1
  std::uint64_t unexpected = 0;        // responses and cookies that answer nothing
  std::uint64_t cookies_demanded = 0;  // initiations that were answered with a cookie
  std::uint64_t limited = 0;           // more than the share of their network, or than all may send
};

struct DataPlaneReport {
  overlay::OverlayCounters overlay;
  RelayCounters relay;
  HandshakeGateCounters handshakes;  // zero without overlay ports
  std::vector<std::pair<std::string, std::uint64_t>> turn_drops;
  std::vector<std::pair<int, std::uint64_t>> turn_errors;             // responses by code
  std::vector<std::pair<std::string, std::uint64_t>> refused_logins;  // by LoginFault
  std::size_t allocations = 0;
  std::size_t max_allocations = 0;
  std::uint64_t turn_generation = 0;                             // of the last change that is applied
  std::vector<std::string> failures;                             // of that change; the shell adds them
  std::vector<overlay::Endpoint> retired_in_use;                 // removed listeners with allocations
  std::vector<overlay::Endpoint> retired_addresses_in_use;       // of ReconfigureTurn::retired_addresses
  std::size_t flows = 0;                                         // egress nodes that traffic went to lately
  double packets_per_second = 0;                                 // since the last report
  std::vector<std::pair<std::string, std::uint64_t>> packet_io;  // of the back end; the shell adds them
};

// Handing a payload to another data plane travels the same way out.
struct Handoff {
  std::size_t core = 0;
  ToDataPlane message;
};

// The answer of one data plane to ListAllocations.
struct AllocationsListed {
  std::uint64_t query = 0;
  AllocationList list;
};

// Usage records since the last batch.
struct UsageBatch {
  std::vector<UsageRecord> records;
};

using ToControlPlane = std::variant<std::monostate, HandshakeReceived, ControlReceived, LinkMeasured,
                                    overlay::OverlayEvent, DataPlaneReport, AllocationsListed, UsageBatch>;

}  // namespace relay
