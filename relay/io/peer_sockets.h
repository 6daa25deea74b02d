// The TCP connections of relayed addresses (RFC 6062): listeners, connections on their way and those that
// wait for ConnectionBind, and the splices with clients' data connections. Belongs to one event loop and its
// thread.
//
// Bytes that a peer sends before ConnectionBind stay in the kernel, whose window stops the peer.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "overlay/base/time.h"
#include "overlay/loop/event_loop.h"
#include "overlay/loop/file_descriptor.h"
#include "relay/io/client_stream.h"
#include "relay/io/splice.h"
#include "relay/io/tcp_listener.h"
#include "relay/turn/peer_streams.h"

namespace relay {

// Implemented by the shell of a data plane; called on its thread.
class PeerEvents {
 public:
  virtual ~PeerEvents() = default;

  virtual void on_peer_connected(ConnectionId id) = 0;
  virtual void on_peer_failed(ConnectionId id) = 0;
  // nullopt: the caller closes the connection.
  [[nodiscard]] virtual std::optional<ConnectionId> on_peer_attempt(const overlay::Endpoint& relayed,
                                                                    const overlay::Endpoint& peer) = 0;
  // The request of this client is answered: its connection is a data connection from now on, and is to be
  // joined.
  virtual void on_client_bound(const FiveTuple& client) = 0;
  virtual void on_peer_bytes(ConnectionId id, std::size_t to_peer, std::size_t to_client) = 0;
  virtual void on_peer_closed(ConnectionId id) = 0;
  // A data connection is gone, which was counted to this source.
  virtual void on_data_connection_closed(const overlay::IpAddress& source) = 0;
};

struct PeerSocketCounters {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;  // nobody wanted them
  std::uint64_t refused_no_descriptor = 0;
  std::uint64_t connected = 0;
  std::uint64_t failed = 0;
  std::uint64_t joined = 0;
};

class PeerSockets final : public PeerStreams {
 public:
  PeerSockets(overlay::EventLoop& loop, PeerEvents& events) : loop_(loop), events_(events) {}

  // ---- PeerStreams ----
  [[nodiscard]] bool listen(const overlay::Endpoint& relayed) override;
  void close_listener(const overlay::Endpoint& relayed) override;
  [[nodiscard]] bool connect(ConnectionId id, const overlay::Endpoint& relayed,
                             const overlay::Endpoint& peer) override;
  void bind(ConnectionId id, const FiveTuple& client) override;
  void close(ConnectionId id) override;

  // A client's stream after on_client_bound(), with the answer in its queue.
  void join(std::unique_ptr<ClientStream> client);

  // Once for each round of the loop.
  void flush() { ended_.clear(); }

  // Where the machine had no descriptor or memory for a peer's connection, it is looked for again then.
  [[nodiscard]] overlay::Instant next_timeout() const { return next_look_; }
  void on_timer(overlay::Instant now);

  [[nodiscard]] const PeerSocketCounters& counters() const { return counters_; }
  [[nodiscard]] std::size_t open_connections() const { return connections_by_id_.size(); }

 private:
  struct Listener {
    TcpListener socket;
    overlay::EventLoop::Watch readable;
    bool is_paused = false;  // until the next look
  };
  struct Connection {
    overlay::FileDescriptor socket;      // until it is spliced
    overlay::EventLoop::Watch writable;  // while connecting
    std::unique_ptr<Splice> splice;
  };

  void accept(Listener& listener);
  void finish_connecting(ConnectionId id);
  // Leaves it to flush(): its handlers may still be running.
  void retire(ConnectionId id);
  void on_splice_end(ConnectionId id);

  overlay::EventLoop& loop_;
  PeerEvents& events_;
  PeerSocketCounters counters_;
  std::unordered_map<overlay::Endpoint, std::unique_ptr<Listener>> listeners_by_relayed_;
  std::unordered_map<ConnectionId, std::unique_ptr<Connection>> connections_by_id_;
  std::unordered_map<FiveTuple, ConnectionId> ids_by_bound_client_;  // until they are joined
  overlay::Instant next_look_ = overlay::kNever;
  struct Ended {
    std::unique_ptr<Listener> listener;
    std::unique_ptr<Connection> connection;
  };
  std::vector<Ended> ended_;
};

}  // namespace relay
