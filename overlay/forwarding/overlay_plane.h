// The overlay's half of a data plane: links, end-to-end media, forwarding. A core on the thread of its data
// plane. Gets datagrams and the time; sends through PacketIo; reports events.
//
// The functions on the way of a media frame: send_media() at the ingress; on_frame() -> forward() at a
// transit node; on_frame() -> Arrival{kMedia} at the egress.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "overlay/base/drop_reason.h"
#include "overlay/base/packet_io.h"
#include "overlay/forwarding/forwarder.h"
#include "overlay/forwarding/forwarding_table.h"
#include "overlay/forwarding/media_gate.h"
#include "overlay/forwarding/overlay_event.h"
#include "overlay/link/link.h"

namespace overlay {

struct OverlayPlaneConfig {
  NodeId self;
  bool carries_transit = false;
  LinkConfig link;
};

struct OverlayCounters {
  std::uint64_t frames_in = 0;  // every datagram given to on_frame()
  std::uint64_t probes_in = 0;
  std::uint64_t control_in = 0;
  std::uint64_t opened = 0;           // media for this node with a valid seal
  std::uint64_t forwarded = 0;        // media frames forwarded, each counted once
  std::uint64_t sealed = 0;           // media frames sent from this node, each counted once
  std::uint64_t control_out = 0;      // control payloads sent to neighbors
  std::uint64_t duplicated = 0;       // second copies sent, at the ingress and in transit
  std::uint64_t duplicates_lost = 0;  // second copies that could not be sent
  std::uint64_t repaired = 0;         // frames forwarded around a dead link
  std::uint64_t events_lost = 0;      // events discarded because too many waited
  std::uint64_t flows_unwatched = 0;  // packets of flows beyond the table that keeps their links fast
  DropCounters dropped;               // frames_in = probes_in + control_in + opened + forwarded + dropped
  DropCounters refused;               // calls of send_media() = sealed + refused
  DropCounters control_refused;       // calls of send_control() = control_out + control_refused
};

class OverlayPlane final : public LinkStates {
 public:
  OverlayPlane(OverlayPlaneConfig config, PacketIo& io);

  // A session that this node has not initiated is unconfirmed until a frame arrives on it. An unconfirmed
  // session does not change an existing link.
  void install_session(NodeId neighbor, const Endpoint& local, const Endpoint& remote,
                       const LinkSession& session, Instant now);
  void remove_link(NodeId neighbor);
  void set_forwarding(std::shared_ptr<const ForwardingTable> table,
                      std::shared_ptr<const MediaKeyring> keyring);

  // Seals a control payload under the link and sends it. Drops: kNoLink for an unknown neighbor, kOversized,
  // and those of Link::seal_control().
  Result<Success, DropReason> send_control(NodeId neighbor, Bytes payload, Instant now);

  struct Arrival {
    enum class Kind { kConsumed, kControl, kMedia } kind = Kind::kConsumed;
    NodeId from;        // the neighbor for control, the ingress for media
    InnerHeader inner;  // media only
  };
  // Handles a datagram on the overlay port whose first byte is kLinkFrameType. After kControl and kMedia the
  // buffer holds the payload.
  Arrival on_frame(const Endpoint& source, PacketBuffer& frame, Instant now);

  // Seals and sends. The bytes of the buffer must not change until the back end flushes. Drops: kNoRoute,
  // kNoLink, kOversized, kUnknownMediaKey, and those of Link::seal_media(). The buffer is unchanged after
  // kNoRoute and kNoLink of route_at_ingress().
  [[nodiscard]] Result<Success, DropReason> send_media(NodeId egress, std::uint32_t flow_label,
                                                       const InnerHeader& inner, PacketBuffer& payload,
                                                       Instant now);

  // Call it after all frames that arrived before `now` were given to on_frame(), or set_unread(true) first:
  // the plane then counts no silence, because frames of its neighbors may be waiting.
  void on_timer(Instant now);
  void set_unread(bool is_unread) { is_unread_ = is_unread; }
  [[nodiscard]] Instant next_timeout() const;
  [[nodiscard]] std::optional<OverlayEvent> poll_event();

  [[nodiscard]] LinkState link_state(NodeId neighbor) const override;
  [[nodiscard]] const ForwardingTable& forwarding() const { return *table_; }
  [[nodiscard]] const OverlayCounters& counters() const { return counters_; }
  // Egress nodes with traffic in the last seconds, from this node or in transit.
  [[nodiscard]] std::size_t flow_count() const { return begun_here_.size() + in_transit_.size(); }
  // Calls `visit(Link&)` for every link with a confirmed session.
  template <typename Visit>
  void for_each_link(Visit visit) {
    for (auto& [neighbor, adjacency] : adjacencies_)
      if (adjacency.link.can_send()) visit(adjacency.link);
  }

 private:
  struct Adjacency {
    Link link;
    LinkState reported = LinkState::kDown;
    Instant suspect_since{};
    std::uint32_t unechoed_at_suspicion = 0;
    std::uint64_t duplicated = 0;
  };
  // Traffic for one egress, from this node or in transit, and the link that carried it last.
  struct Activity {
    NodeId next_hop;
    Instant last{};
  };
  using Activities = std::unordered_map<NodeId, Activity>;

  Arrival arrive(const Link::Opened& opened, NodeId neighbor, PacketBuffer& frame, Instant now);
  void forward(const RouteHeader& arrived, PacketBuffer& sealed, Instant now);
  // Succeeds when at least one copy was sent.
  [[nodiscard]] Result<Success, DropReason> transmit(const ForwardVia& via, PacketBuffer& sealed,
                                                     Instant now);
  [[nodiscard]] bool transmit_duplicate(const RouteHeader& header, NodeId suspect, Bytes sealed, Instant now);
  [[nodiscard]] Result<Success, DropReason> send_copy(const RouteHeader& header, PacketBuffer& sealed,
                                                      Instant now);
  void note_activity(Activities& activities, NodeId egress, NodeId next_hop, Instant now);
  [[nodiscard]] bool may_count_silence(Instant now);
  void judge(Adjacency& adjacency, Instant now);
  // Another link that is up leads to this neighbor.
  [[nodiscard]] bool has_alternative(NodeId neighbor) const;
  void report_moves(const Adjacency& adjacency, Instant now);
  void report_moves(const Adjacency& adjacency, const Activities& activities, bool in_transit, Instant now);
  void report(const OverlayEvent& event);
  void refresh_in_use(Instant now);
  void expire_unconfirmed(Instant now);
  void drop(DropReason reason) { counters_.dropped.count(reason); }

  OverlayPlaneConfig config_;
  PacketIo& io_;
  MediaGate gate_;
  std::shared_ptr<const ForwardingTable> table_;
  std::unordered_map<NodeId, Adjacency> adjacencies_;
  std::unordered_map<SessionIndex, NodeId> neighbors_by_session_;
  Activities begun_here_;
  Activities in_transit_;
  Instant next_refresh_{};
  bool is_unread_ = false;
  std::optional<Instant> unread_since_;
  std::deque<OverlayEvent> events_;
  OverlayCounters counters_;
};

}  // namespace overlay
