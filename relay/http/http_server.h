// The HTTP side of a node: a few small documents for monitoring systems, on a port of its own. Runs on the
// control loop and never waits for a client.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "overlay/base/endpoint.h"
#include "overlay/base/result.h"
#include "overlay/loop/event_loop.h"

struct MHD_Daemon;

namespace relay {

struct HttpAnswer {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

struct HttpLimits {
  unsigned connections = 64;     // more wait until one ends
  unsigned of_one_address = 16;  // more are closed at once
  unsigned idle_seconds = 10;    // after which a connection is closed, in whatever it is
};

class HttpServer {
 public:
  // `path` without a query.
  using Answer = std::function<HttpAnswer(std::string_view path)>;

  // Fails when the port is taken. Belongs to the thread of `loop`, which outlives it.
  [[nodiscard]] static overlay::Result<std::unique_ptr<HttpServer>> open(overlay::EventLoop& loop,
                                                                         const overlay::Endpoint& listen,
                                                                         Answer answer,
                                                                         const HttpLimits& limits = {});

  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // About once in a second: closes connections that have been idle for too long, and looks again for clients
  // that no descriptor was left for.
  void on_timer();

  [[nodiscard]] unsigned open_connections() const;

 private:
  struct Stop {
    void operator()(MHD_Daemon* daemon) const;
  };

  explicit HttpServer(Answer answer) : answer_(std::move(answer)) {}
  void serve();
  [[nodiscard]] bool is_waited_for() const;

  Answer answer_;
  std::unique_ptr<MHD_Daemon, Stop> daemon_;
  overlay::EventLoop::Watch watch_;
};

}  // namespace relay
