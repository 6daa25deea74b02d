// The shell of one data plane: its thread, loop, sockets and entropy. Carries out the decisions of the core
// and makes none.
//
// Order within a round of the loop: datagrams and messages in the order in which they became ready; then the
// timer, which reads the overlay ports first; then at most one step of a TLS or DTLS handshake; then messages
// of the core to others; then all sends leave at once. So a thread that was late does not mistake unread
// frames for silent neighbors, and media does not wait for handshakes.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "overlay/io/socket_packet_io.h"
#include "overlay/loop/event_loop.h"
#include "overlay/loop/rest_timer.h"
#include "overlay/loop/system_random.h"
#include "overlay/loop/tick_keeper.h"
#include "overlay/loop/wakeup_pacer.h"
#include "relay/data_plane/data_plane.h"
#include "relay/fast_path/flow_table.h"
#include "relay/fast_path/xdp_relay.h"
#include "relay/io/client_streams.h"
#include "relay/io/dtls_clients.h"
#include "relay/io/handshake_queue.h"
#include "relay/io/peer_sockets.h"
#include "relay/messages/plane_messages.h"
#include "relay/node/back_end_counters.h"
#include "relay/node/mailbox.h"

namespace relay {

// Changes of the listeners' sockets in a reload.
struct ListenerChange {
  std::vector<overlay::Endpoint> open_udp;
  std::vector<overlay::Endpoint> take_dtls;      // all listeners with DTLS
  const TlsIdentity* tls = nullptr;              // for these; outlives the worker
  std::vector<overlay::Endpoint> close_streams;  // open connections stay
  std::vector<StreamListenerConfig> open_streams;
};

// The content of AdoptStream.
struct HandedStream {
  std::unique_ptr<ClientStream> stream;
};

class DataPlaneWorker final : private TransportSink, private PeerEvents {
 public:
  DataPlaneWorker(DataPlaneConfig config, StreamPolicy streams);
  ~DataPlaneWorker() override;
  DataPlaneWorker(const DataPlaneWorker&) = delete;
  DataPlaneWorker& operator=(const DataPlaneWorker&) = delete;

  // ---- before start() ----

  // Opens a port for clients or neighbors. Shared: every data plane opens it, and the kernel distributes
  // clients over them.
  [[nodiscard]] overlay::Status open_listener(const overlay::Endpoint& local, bool is_shared);
  // The same for clients' connections.
  [[nodiscard]] overlay::Status open_stream_listener(const StreamListenerConfig& config, bool is_shared);
  // Accepts DTLS on an open listener too. The identity outlives the worker.
  void take_dtls(const overlay::Endpoint& local, const TlsIdentity& identity) {
    dtls_.listen(local, identity);
  }
  // Its relayed addresses share one socket of the steering's address (socket_packet_io.h).
  [[nodiscard]] overlay::Status steer_relay_ports(overlay::PortSteering& steering);
  // Flows with peers on the Internet use XDP. `relay` outlives the worker.
  void use_fast_path(XdpRelay& relay, std::size_t planes);
  // A mailbox for messages from another thread; call it once for each sender.
  [[nodiscard]] Mailbox<ToDataPlane>& add_inbox();
  // The mailboxes for this worker's messages: `data_planes` by core, nullptr at its own core. All outlive the
  // worker's thread.
  void connect(Mailbox<ToControlPlane>& control, std::vector<Mailbox<ToDataPlane>*> data_planes);

  void start();
  // Any thread. Returns when the thread has ended; the ports close with the object.
  void stop();
  // Call it after stop(): usage that was not reported.
  [[nodiscard]] std::vector<UsageRecord> last_usage();

 private:
  // ---- TransportSink ----
  [[nodiscard]] overlay::PacketBuffer& acquire_received() override { return io_.acquire_received(); }
  void on_client_message(const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer) override;
  [[nodiscard]] bool is_served(const FiveTuple& client) override { return plane_.is_served(client); }
  void on_client_closed(const FiveTuple& client) override;

  // ---- PeerEvents ----
  void on_peer_connected(ConnectionId id) override;
  void on_peer_failed(ConnectionId id) override;
  [[nodiscard]] std::optional<ConnectionId> on_peer_attempt(const overlay::Endpoint& relayed,
                                                            const overlay::Endpoint& peer) override;
  void on_client_bound(const FiveTuple& client) override { streams_.make_data_connection(client); }
  void on_peer_bytes(ConnectionId id, std::size_t to_peer, std::size_t to_client) override {
    plane_.on_peer_bytes(id, to_peer, to_client);
  }
  void on_peer_closed(ConnectionId id) override { plane_.on_peer_closed(id); }
  void on_data_connection_closed(const overlay::IpAddress& source) override { streams_.release(source); }

  void join_data_connections();
  void adopt(AdoptStream& message);

  // Called before the core gets the change. A port that cannot be opened is logged and reported; the others
  // serve.
  void change_listeners(const ListenerChange& change);
  // Each change is reported before the next one, so that failures belong to the right change.
  void apply_change(ToDataPlane&& message);
  void take_messages();
  void on_timer();
  // True when no datagram is left at the overlay ports.
  [[nodiscard]] bool read_overlay_ports();
  void end_round();
  void hand_on();
  [[nodiscard]] BackEndCounters::Named packet_io() const;
  void rest();

  overlay::EventLoop loop_;
  overlay::SocketPacketIo io_;
  overlay::SystemRandom random_;
  overlay::WakeupPacer pacer_;
  overlay::RestTimer rest_;
  overlay::TickKeeper tick_;
  const std::vector<overlay::Endpoint> overlay_ports_;
  PeerSockets peers_{loop_, *this};
  XdpRelay* xdp_ = nullptr;
  std::optional<FlowTable> flows_;
  DataPlane plane_;
  HandshakeQueue handshakes_;
  ClientStreams streams_;
  DtlsClients dtls_;
  overlay::Instant next_wall_clock_{};
  std::deque<Mailbox<ToDataPlane>> inboxes_;
  Mailbox<ToControlPlane>* control_ = nullptr;
  std::vector<Mailbox<ToDataPlane>*> data_planes_;  // by core; nullptr at the own core
  std::vector<std::string> failures_;               // of the last change
  std::uint64_t unsent_messages_ = 0;               // the mailbox of the receiver was full
  std::jthread thread_;
};

}  // namespace relay
