// Answers the questions of `causeway`: one line in, one line out, then the connection is closed. Runs on the
// control loop and never waits for a client.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "overlay/io/event_loop.h"
#include "relay/node/admin_socket.h"

namespace relay {

class AdminServer {
 public:
  static constexpr std::size_t kMaxConnections = 32;  // beyond that, the oldest is closed
  static constexpr std::size_t kMaxRequestBytes = 16 * 1024;

  // The request without its line break; the answer has none either.
  using Answer = std::function<std::string(std::string_view request)>;

  AdminServer(overlay::EventLoop& loop, AdminSocket socket, Answer answer);
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

 private:
  struct Connection;
  using Connections = std::list<std::unique_ptr<Connection>>;

  void accept_all();
  void read(Connections::iterator connection);
  void reply(Connections::iterator connection, std::string line);
  void write(Connections::iterator connection);
  void close(Connections::iterator connection);

  overlay::EventLoop& loop_;
  AdminSocket socket_;
  Answer answer_;
  Connections connections_;  // oldest first
  Connections closed_;       // kept until another handler runs: the last one's may still be running
  overlay::EventLoop::Watch watch_;
};

}  // namespace relay
