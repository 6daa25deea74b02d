#include "relay/node/http_server.h"

#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include <sys/socket.h>

#include "overlay/io/system_clock.h"

namespace relay {
namespace {

// What a client may send behind its request before it is cut off.
constexpr std::size_t kMaxBehindRequest = 64 * 1024;

HttpAnswer answer_to(const HttpRequest& request, const HttpServer::Answer& answer) {
  using State = HttpRequest::State;
  if (request.state == State::kTooLong) return {.status = 431, .body = "the request is too long\n"};
  if (request.state == State::kBroken) return {.status = 400, .body = "this is no HTTP/1.1 request\n"};
  if (request.method != "GET" && request.method != "HEAD")
    return {.status = 405, .body = "only GET and HEAD\n"};
  return answer(request.path);
}

}  // namespace

struct HttpServer::Connection {
  overlay::FileDescriptor fd;
  overlay::Instant deadline{};
  std::string request;
  std::size_t behind_request = 0;  // bytes that came after it
  std::string answer;
  std::size_t written = 0;  // bytes of the answer
  bool has_ended = false;   // the client says no more
  overlay::EventLoop::Watch readable;
  overlay::EventLoop::Watch writable;

  [[nodiscard]] bool is_answered() const { return !answer.empty() && written == answer.size(); }
};

HttpServer::HttpServer(overlay::EventLoop& loop, TcpListener listener, Answer answer)
    : loop_(loop), listener_(std::move(listener)), answer_(std::move(answer)) {
  watch_ = loop_.on_readable(listener_.fd(), [this] { accept_all(); });
}

HttpServer::~HttpServer() = default;

overlay::Result<std::unique_ptr<HttpServer>> HttpServer::open(overlay::EventLoop& loop,
                                                              const overlay::Endpoint& listen,
                                                              Answer answer) {
  auto listener = TcpListener::open(listen, {.takes_both_families = true});
  if (!listener) return overlay::failure(listener.error().message);
  return std::unique_ptr<HttpServer>(new HttpServer(loop, std::move(listener).value(), std::move(answer)));
}

void HttpServer::on_timer(overlay::Instant now) {
  closed_.clear();
  watch_.resume();
  for (auto next = connections_.begin(); next != connections_.end();)
    if (const auto connection = next++; now >= (*connection)->deadline) close(connection);
}

// Whoever calls now is served, whatever callers before hold open.
void HttpServer::accept_all() {
  closed_.clear();
  const overlay::Instant now = overlay::system_now();
  for (std::size_t i = 0; i < kMaxConnections; ++i) {
    auto accepted = listener_.accept();
    if (!accepted) break;
    if (connections_.size() == kMaxConnections) close(connections_.begin());
    const auto added = connections_.insert(connections_.end(), std::make_unique<Connection>());
    (*added)->fd = std::move(accepted->fd);
    (*added)->deadline = now + kPatience;
    (*added)->readable = loop_.on_readable((*added)->fd.get(), [this, added] { read(added); });
  }
  if (listener_.is_exhausted()) watch_.cancel();
}

void HttpServer::read(Connections::iterator connection) {
  closed_.clear();
  Connection& from = **connection;
  std::array<char, 4096> chunk;
  const ssize_t count = ::recv(from.fd.get(), chunk.data(), chunk.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count < 0 || (count == 0 && from.answer.empty())) return close(connection);

  const auto size = static_cast<std::size_t>(count);
  if (!from.answer.empty()) return read_on(connection, size);
  from.request.append(chunk.data(), size);
  const HttpRequest request = http_request_at_front(from.request);
  if (request.state != HttpRequest::State::kNeedsMore)
    reply(connection, answer_to(request, answer_), request.method != "HEAD");
}

// Behind its request. A client that ends its side still gets the answer.
void HttpServer::read_on(Connections::iterator connection, std::size_t size) {
  Connection& from = **connection;
  from.behind_request += size;
  from.has_ended = size == 0;
  if (from.behind_request > kMaxBehindRequest || (from.has_ended && from.is_answered()))
    return close(connection);
  if (from.has_ended) from.readable.cancel();
}

void HttpServer::reply(Connections::iterator connection, const HttpAnswer& answer, bool has_body) {
  const overlay::Instant now = overlay::system_now();
  (*connection)->answer = encode_http(answer, has_body, overlay::system_wall_clock().at(now));
  (*connection)->deadline = now + kPatience;
  write(connection);
}

// After the last byte the client is waited for: a socket that is closed with something unread takes the
// answer back (RFC 9112 section 9.6).
void HttpServer::write(Connections::iterator connection) {
  Connection& to = **connection;
  while (to.written < to.answer.size()) {
    const ssize_t sent =
        ::send(to.fd.get(), to.answer.data() + to.written, to.answer.size() - to.written, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN && errno != ENOBUFS) return close(connection);
    if (sent < 0) {
      if (!to.writable.is_registered())
        to.writable = loop_.on_writable(to.fd.get(), [this, connection] { write(connection); });
      return;
    }
    to.written += static_cast<std::size_t>(sent);
  }
  to.writable.cancel();
  if (to.has_ended) return close(connection);
  (void)::shutdown(to.fd.get(), SHUT_WR);
}

void HttpServer::close(Connections::iterator connection) {
  (*connection)->readable.cancel();
  (*connection)->writable.cancel();
  (*connection)->fd.reset();
  closed_.splice(closed_.end(), connections_, connection);
}

}  // namespace relay
