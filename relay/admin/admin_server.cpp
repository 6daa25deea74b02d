#include "relay/admin/admin_server.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <sys/socket.h>

namespace relay {

struct AdminServer::Connection {
  std::uint64_t client = 0;
  overlay::FileDescriptor fd;
  std::string request;
  std::string answer;
  std::size_t written = 0;  // bytes of the answer
  overlay::EventLoop::Watch readable;
  overlay::EventLoop::Watch writable;
};

AdminServer::AdminServer(overlay::EventLoop& loop, AdminSocket socket, Answer answer)
    : loop_(loop), socket_(std::move(socket)), answer_(std::move(answer)) {
  watch_ = loop_.on_readable(socket_.fd(), [this] { accept_all(); });
}

AdminServer::~AdminServer() = default;

void AdminServer::accept_all() {
  closed_.clear();
  for (std::size_t i = 0; i < kMaxConnections; ++i) {
    overlay::FileDescriptor fd = socket_.accept();
    if (!fd.is_open()) {
      // The client waits, and would wake the loop for ever.
      if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) watch_.cancel();
      return;
    }
    if (connections_.size() == kMaxConnections) close(connections_.begin());
    const auto added = connections_.insert(connections_.end(), std::make_unique<Connection>());
    (*added)->client = ++last_client_;
    (*added)->fd = std::move(fd);
    (*added)->readable = loop_.on_readable((*added)->fd.get(), [this, added] { read(added); });
    if (!(*added)->readable.is_active()) close(added);
  }
}

void AdminServer::read(Connections::iterator connection) {
  closed_.clear();
  std::array<char, 4096> chunk;
  const ssize_t got = ::recv((*connection)->fd.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return close(connection);

  std::string& request = (*connection)->request;
  request.append(chunk.data(), static_cast<std::size_t>(got));
  if (const auto end = request.find('\n'); end != std::string::npos) {
    client_ = (*connection)->client;
    // Stops reading after the line, so that a later answer belongs to exactly one request.
    (*connection)->readable.cancel();
    if (auto answer = answer_(std::string_view(request).substr(0, end)))
      reply(connection, *std::move(answer));
    return;
  }
  if (request.size() > kMaxRequestBytes)
    reply(connection, R"({"error":"the request is longer than 16384 bytes"})");
}

void AdminServer::reply_later(std::uint64_t client, std::string line) {
  const auto found = std::ranges::find_if(connections_, [&](const auto& c) { return c->client == client; });
  if (found != connections_.end()) reply(found, std::move(line));
}

void AdminServer::reply(Connections::iterator connection, std::string line) {
  (*connection)->answer = std::move(line);
  (*connection)->answer += '\n';
  (*connection)->readable.cancel();
  write(connection);
}

void AdminServer::write(Connections::iterator connection) {
  Connection& to = **connection;
  while (to.written < to.answer.size()) {
    const ssize_t sent = ::send(to.fd.get(), to.answer.data() + to.written, to.answer.size() - to.written,
                                MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    const bool must_wait = sent < 0 && errno == EAGAIN;
    if (must_wait && !to.writable.is_registered())
      to.writable = loop_.on_writable(to.fd.get(), [this, connection] { write(connection); });
    if (must_wait && to.writable.is_active()) return;
    if (sent < 0) break;
    to.written += static_cast<std::size_t>(sent);
  }
  close(connection);
}

void AdminServer::close(Connections::iterator connection) {
  (*connection)->readable.cancel();
  (*connection)->writable.cancel();
  (*connection)->fd.reset();
  closed_.splice(closed_.end(), connections_, connection);
}

}  // namespace relay
