// The HTTP side of a node: a few small documents for monitoring systems, on a port of its own. Runs on the
// control loop and never waits for a client: one that is slow, or sends much, is cut off.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string_view>

#include "overlay/base/endpoint.h"
#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "overlay/io/event_loop.h"
#include "relay/io/tcp_listener.h"
#include "relay/node/http_message.h"

namespace relay {

class HttpServer {
 public:
  static constexpr std::size_t kMaxConnections = 64;  // beyond that, the oldest is closed
  static constexpr overlay::Duration kPatience = std::chrono::seconds(10);  // for a request; for its answer

  // `path` without a query.
  using Answer = std::function<HttpAnswer(std::string_view path)>;

  // Fails when the port is taken. Belongs to the thread of `loop`, which outlives it.
  [[nodiscard]] static overlay::Result<std::unique_ptr<HttpServer>> open(overlay::EventLoop& loop,
                                                                         const overlay::Endpoint& listen,
                                                                         Answer answer);

  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // About once in a second: closes connections that have had their time, and looks for new ones if there
  // was no room for them.
  void on_timer(overlay::Instant now);

  [[nodiscard]] std::size_t open_connections() const { return connections_.size(); }

 private:
  struct Connection;
  using Connections = std::list<std::unique_ptr<Connection>>;

  HttpServer(overlay::EventLoop& loop, TcpListener listener, Answer answer);
  void accept_all();
  void read(Connections::iterator connection);
  void read_on(Connections::iterator connection, std::size_t size);
  void reply(Connections::iterator connection, const HttpAnswer& answer, bool has_body);
  void write(Connections::iterator connection);
  void close(Connections::iterator connection);

  overlay::EventLoop& loop_;
  TcpListener listener_;
  Answer answer_;
  Connections connections_;  // oldest first
  Connections closed_;       // kept until another handler runs: the last one's may still be running
  overlay::EventLoop::Watch watch_;
};

}  // namespace relay
