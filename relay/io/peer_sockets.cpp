#include "relay/io/peer_sockets.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "overlay/io/socket_address.h"
#include "overlay/loop/descriptor_reserve.h"
#include "overlay/loop/system_clock.h"

namespace relay {
namespace {

constexpr std::size_t kMaxAcceptsPerTurn = 16;
constexpr overlay::Duration kLookAgainAfter = std::chrono::seconds(1);

bool set_option(int fd, int level, int name) {
  const int on = 1;
  return ::setsockopt(fd, level, name, &on, sizeof on) == 0;
}

// Not connected yet. It shares the port with the listener, which allows that since it has the port alone.
overlay::FileDescriptor connect_from(const overlay::Endpoint& relayed, const overlay::Endpoint& peer) {
  overlay::SocketAddress from{};
  overlay::SocketAddress to{};
  const socklen_t from_length = overlay::to_socket_address(relayed, from);
  const socklen_t to_length = overlay::to_socket_address(peer, to);
  overlay::FileDescriptor fd(
      ::socket(from.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!fd.is_open()) return fd;
  configure_stream(fd.get());
  const bool is_bound = set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR) &&
                        set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT) &&
                        ::bind(fd.get(), &from.any, from_length) == 0;
  if (!is_bound || overlay::is_of_reserve(fd.get()) ||
      (::connect(fd.get(), &to.any, to_length) != 0 && errno != EINPROGRESS))
    fd.reset();
  return fd;
}

bool is_connected(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0;
}

}  // namespace

// ---- relayed addresses ----

bool PeerSockets::listen(const overlay::Endpoint& relayed) {
  if (listeners_by_relayed_.contains(relayed)) return false;
  auto socket = TcpListener::open(relayed, {.is_of_client = true});
  if (!socket || !set_option(socket->fd(), SOL_SOCKET, SO_REUSEPORT)) return false;
  auto listener = std::make_unique<Listener>(Listener{.socket = std::move(socket).value(), .readable = {}});
  Listener& opened = *listener;
  opened.readable = loop_.on_readable(opened.socket.fd(), [this, &opened] { accept(opened); });
  if (!opened.readable.is_active()) return false;
  listeners_by_relayed_.emplace(relayed, std::move(listener));
  return true;
}

void PeerSockets::close_listener(const overlay::Endpoint& relayed) {
  const auto found = listeners_by_relayed_.find(relayed);
  if (found == listeners_by_relayed_.end()) return;
  found->second->readable.cancel();
  found->second->socket.close();
  ended_.push_back({.listener = std::move(found->second), .connection = {}});
  listeners_by_relayed_.erase(found);
}

void PeerSockets::accept(Listener& listener) {
  for (std::size_t i = 0; i < kMaxAcceptsPerTurn && listener.socket.is_open(); ++i) {
    auto accepted = listener.socket.accept();
    if (!accepted) break;
    const auto id = events_.on_peer_attempt(listener.socket.local(), accepted->client);
    if (!id) {
      ++counters_.refused;
      continue;
    }
    ++counters_.accepted;
    auto connection = std::make_unique<Connection>();
    connection->socket = std::move(accepted->fd);
    connections_by_id_.emplace(*id, std::move(connection));
  }
  counters_.refused_no_descriptor += listener.socket.take_refused();
  if (!listener.socket.is_exhausted()) return;
  listener.readable.cancel();
  listener.is_paused = true;
  next_look_ = std::min(next_look_, overlay::system_now() + kLookAgainAfter);
}

void PeerSockets::on_timer(overlay::Instant now) {
  if (now < next_look_) return;
  next_look_ = overlay::kNever;
  for (const auto& [relayed, listener] : listeners_by_relayed_) {
    if (!listener->is_paused) continue;
    listener->is_paused = !listener->readable.resume();
    if (listener->is_paused) next_look_ = now + kLookAgainAfter;
  }
}

// ---- connections ----

bool PeerSockets::connect(ConnectionId id, const overlay::Endpoint& relayed, const overlay::Endpoint& peer) {
  auto connection = std::make_unique<Connection>();
  connection->socket = connect_from(relayed, peer);
  if (connection->socket.is_open())
    connection->writable = loop_.on_writable(connection->socket.get(), [this, id] { finish_connecting(id); });
  if (!connection->writable.is_active()) {
    ++counters_.failed;
    return false;
  }
  connections_by_id_.emplace(id, std::move(connection));
  return true;
}

void PeerSockets::finish_connecting(ConnectionId id) {
  Connection& connection = *connections_by_id_.at(id);
  connection.writable.cancel();
  if (is_connected(connection.socket.get())) {
    ++counters_.connected;
    return events_.on_peer_connected(id);
  }
  ++counters_.failed;
  retire(id);
  events_.on_peer_failed(id);
}

void PeerSockets::bind(ConnectionId id, const FiveTuple& client) {
  ids_by_bound_client_[client] = id;
  events_.on_client_bound(client);
}

void PeerSockets::join(std::unique_ptr<ClientStream> client) {
  const auto bound = ids_by_bound_client_.extract(client->five_tuple());
  const auto found = bound ? connections_by_id_.find(bound.mapped()) : connections_by_id_.end();
  if (found == connections_by_id_.end()) return events_.on_data_connection_closed(client->source);
  const ConnectionId id = found->first;
  Connection& connection = *found->second;
  ++counters_.joined;
  connection.splice = std::make_unique<Splice>(
      loop_, std::move(client), std::move(connection.socket),
      Splice::Handlers{
          .on_bytes = [this, id](std::size_t to_peer,
                                 std::size_t to_client) { events_.on_peer_bytes(id, to_peer, to_client); },
          .on_end = [this, id] { on_splice_end(id); }});
  connection.splice->start();
}

void PeerSockets::on_splice_end(ConnectionId id) {
  retire(id);
  events_.on_peer_closed(id);
}

void PeerSockets::close(ConnectionId id) {
  if (connections_by_id_.contains(id)) retire(id);
}

void PeerSockets::retire(ConnectionId id) {
  const auto found = connections_by_id_.find(id);
  auto connection = std::move(found->second);
  connections_by_id_.erase(found);
  connection->writable.cancel();
  connection->socket.reset();
  if (connection->splice) {
    connection->splice->close();
    events_.on_data_connection_closed(connection->splice->client().source);
  }
  ended_.push_back({.listener = {}, .connection = std::move(connection)});
}

}  // namespace relay
