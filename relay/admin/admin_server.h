// Answers the questions of `causeway`: one line in, one line out, then the connection is closed. Runs on the
// control loop and never waits for a client.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "overlay/loop/event_loop.h"
#include "relay/admin/admin_socket.h"

namespace relay {

class AdminServer {
 public:
  static constexpr std::size_t kMaxConnections = 32;  // beyond that, the oldest is closed
  static constexpr std::size_t kMaxRequestBytes = 16 * 1024;

  // Request and answer have no line break. nullopt: reply_later() answers the current client() at any later
  // time.
  using Answer = std::function<std::optional<std::string>(std::string_view request)>;

  AdminServer(overlay::EventLoop& loop, AdminSocket socket, Answer answer);
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  // The sender of the current request.
  [[nodiscard]] std::uint64_t client() const { return client_; }
  // Once a second or so: looks again for clients that could not be accepted, for want of descriptors.
  void on_timer() { (void)watch_.resume(); }
  // Nothing happens when the client has gone.
  void reply_later(std::uint64_t client, std::string line);

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
  std::uint64_t client_ = 0;
  std::uint64_t last_client_ = 0;
  Connections connections_;  // oldest first
  Connections closed_;       // kept until another handler runs: the last one's may still be running
  overlay::EventLoop::Watch watch_;
};

}  // namespace relay
