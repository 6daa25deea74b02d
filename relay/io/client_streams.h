// The client connections of one data plane: its TCP listeners, and every connection from its first byte to
// its end. Belongs to one event loop and its thread.
//
// A connection that did not get an allocation soon is closed, and one that has none any more; one that does
// not read loses media, then is closed. Nothing here grows without bound.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "overlay/base/ip_prefix.h"
#include "overlay/base/packet_io.h"
#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "overlay/loop/event_loop.h"
#include "relay/io/client_stream.h"
#include "relay/io/connection_limits.h"
#include "relay/io/handshake_queue.h"
#include "relay/io/pass_through.h"
#include "relay/io/stream_counters.h"
#include "relay/io/stream_policy.h"
#include "relay/io/tcp_listener.h"
#include "relay/io/transport_sink.h"

namespace relay {

struct StreamListenerConfig {
  overlay::Endpoint local;
  bool takes_plain = true;
  const TlsIdentity* tls = nullptr;        // takes TLS with this; outlives the listener
  std::vector<overlay::IpPrefix> proxies;  // whose streams begin with a PROXY header
  std::optional<HttpsBackend> backend;     // gets TLS connections that are not for us
};

// Handlers for a connection whose client names something that another data plane may hold: a connection with
// a peer (ConnectionBind, RFC 6062) or a reserved port (Allocate with RESERVATION-TOKEN).
struct DataConnectionHandlers {
  // The data plane, if not this one, that holds what a message names.
  std::function<std::optional<std::size_t>(const FiveTuple& client, overlay::Bytes message)> find_holder;
  // Goes on there, with the message still to be read.
  std::function<void(std::size_t core, std::unique_ptr<ClientStream>)> hand_over;
  // Is the peer's from now on; counted to its source until release().
  std::function<void(std::unique_ptr<ClientStream>)> join;
};

class ClientStreams {
 public:
  // All outlive this.
  ClientStreams(overlay::EventLoop& loop, TransportSink& sink, HandshakeQueue& handshakes,
                StreamPolicy policy);
  ~ClientStreams();
  ClientStreams(const ClientStreams&) = delete;
  ClientStreams& operator=(const ClientStreams&) = delete;

  [[nodiscard]] overlay::Status open_listener(const StreamListenerConfig& config, bool is_shared);

  // Before the loop runs.
  void set_data_connections(DataConnectionHandlers handlers) { data_connections_ = std::move(handlers); }
  // The message that is being delivered makes its connection one.
  void make_data_connection(const FiveTuple& client);
  // One that was joined has ended.
  void release(const overlay::IpAddress& source) { connections_.release(source); }
  // One that another thread handed over.
  void adopt(std::unique_ptr<ClientStream> stream);

  // Takes no new connection there; those that there are stay.
  void close_listener(const overlay::Endpoint& local);

  // Queues a whole message for the connection that the route names; it leaves with flush().
  void send(const overlay::DatagramRoute& route, overlay::Bytes message);
  // FIN, after what is queued was offered to the socket once. Nothing happens when there is no such
  // connection.
  void close_client(const FiveTuple& client);

  // Once for each round of the loop.
  void flush();
  void on_timer(overlay::Instant now);
  [[nodiscard]] overlay::Instant next_timeout() const { return next_sweep_; }

  [[nodiscard]] const StreamCounters& counters() const { return counters_; }
  [[nodiscard]] std::size_t open_connections() const { return streams_by_client_.size(); }
  // The connections that limits count: these, and those passed to the HTTPS backend or used as data
  // connections.
  [[nodiscard]] std::size_t admitted() const { return connections_.count(); }
  // That go on with the HTTPS backend.
  [[nodiscard]] std::size_t open_passages() const { return passages_.size(); }

 private:
  struct Listener {
    TcpListener socket;
    StreamListenerConfig config;
    overlay::EventLoop::Watch watch;
    bool is_paused = false;  // until the next sweep
  };

  void accept(Listener& listener);
  void pause(Listener& listener, overlay::Instant now);
  void resume_listeners();
  [[nodiscard]] bool begin(std::unique_ptr<ClientStream> stream, overlay::Instant now);
  void admit(AcceptedSocket accepted, const StreamListenerConfig& config, overlay::Instant now);
  // May evict an unproven stream.
  [[nodiscard]] bool is_admitted(const overlay::IpAddress& source);
  void enroll(std::unique_ptr<ClientStream> stream);
  // Under the name that a proxy told. False when it was closed instead.
  [[nodiscard]] bool enroll_again(ClientStream& stream);
  [[nodiscard]] std::unique_ptr<ClientStream> strike_off(ClientStream& stream);
  void read(ClientStream& stream, const std::optional<HttpsBackend>& backend);
  void pass_on(ClientStream& stream, const HttpsBackend& backend);
  // The stream is not read until it is its turn.
  void await_turn(ClientStream& stream);
  void deliver(ClientStream& stream);
  [[nodiscard]] bool hand_over(ClientStream& stream, overlay::Bytes message);
  // Out of our hands; counted to its source still.
  [[nodiscard]] std::unique_ptr<ClientStream> take_out(ClientStream& stream);
  void write(ClientStream& stream, overlay::Instant now);
  void await_writable(ClientStream& stream, overlay::Instant now);
  void close(ClientStream& stream, StreamEnd why);
  void list_unsent(ClientStream& stream);
  void write_unsent(overlay::Instant now);
  [[nodiscard]] std::optional<StreamEnd> check(ClientStream& stream, overlay::Instant now);

  overlay::EventLoop& loop_;
  TransportSink& sink_;
  HandshakeQueue& handshakes_;
  StreamPolicy policy_;
  ConnectionLimits connections_;
  StreamCounters counters_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unordered_map<FiveTuple, std::unique_ptr<ClientStream>> streams_by_client_;  // by key_of()
  Passages passages_;
  std::vector<ClientStream*> unsent_;
  DataConnectionHandlers data_connections_;
  std::vector<overlay::EventLoop::Watch> ended_watches_;  // likewise, of streams that were taken out
  std::vector<std::unique_ptr<ClientStream>> closed_;  // until flush(): their handlers may still be running
  overlay::Instant next_sweep_ = overlay::kNever;
  StreamScratch scratch_;
};

}  // namespace relay
