// The HTTP side of a node: a few small documents for monitoring systems, on a port of its own. libevent's
// server on the control loop; a client that is slow, or sends much, is cut off.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "overlay/base/endpoint.h"
#include "overlay/base/result.h"
#include "overlay/io/event_loop.h"

struct evhttp;

namespace relay {

struct HttpAnswer {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

class HttpServer {
 public:
  // `path` without a query.
  using Answer = std::function<HttpAnswer(std::string_view path)>;

  // Fails when the port is taken. Belongs to the thread of `loop`, which outlives it.
  [[nodiscard]] static overlay::Result<std::unique_ptr<HttpServer>> open(overlay::EventLoop& loop,
                                                                         const overlay::Endpoint& listen,
                                                                         Answer answer);

  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

 private:
  struct Free {
    void operator()(evhttp* http) const;
  };
  HttpServer(overlay::EventLoop& loop, Answer answer);

  std::unique_ptr<evhttp, Free> http_;
  Answer answer_;
};

}  // namespace relay
