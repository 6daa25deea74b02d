#include "relay/http/http_server.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>

#include "relay/io/tcp_listener.h"

namespace relay {
namespace {

// So often the library may say that it has more to do at once, before others have their turn.
constexpr int kRunsInATurn = 64;

bool is_read_only(std::string_view method) {
  return method == MHD_HTTP_METHOD_GET || method == MHD_HTTP_METHOD_HEAD;
}

MHD_Result queue(MHD_Connection* connection, HttpAnswer answer) {
  MHD_Response* const response =
      ::MHD_create_response_from_buffer(answer.body.size(), answer.body.data(), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  ::MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.content_type.c_str());
  ::MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  // One answer a connection: nobody keeps one of ours open.
  ::MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
  if (answer.status == 405) ::MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
  const MHD_Result queued = ::MHD_queue_response(connection, static_cast<unsigned>(answer.status), response);
  ::MHD_destroy_response(response);
  return queued;
}

}  // namespace

void HttpServer::Stop::operator()(MHD_Daemon* daemon) const {
  ::MHD_stop_daemon(daemon);
}

HttpServer::~HttpServer() {
  watch_.cancel();
}

overlay::Result<std::unique_ptr<HttpServer>> HttpServer::open(overlay::EventLoop& loop,
                                                              const overlay::Endpoint& listen, Answer answer,
                                                              const HttpLimits& limits) {
  auto listener = TcpListener::open(listen, {.takes_both_families = true, .may_be_absent = true});
  if (!listener) return overlay::failure(listener.error().message);
  // The library closes the one that it gets.
  const int socket = ::fcntl(listener->fd(), F_DUPFD_CLOEXEC, 0);
  if (socket < 0) return overlay::failure("no file descriptor is left");

  std::unique_ptr<HttpServer> server(new HttpServer(std::move(answer)));
  const auto handler = [](void* self, MHD_Connection* connection, const char* path, const char* method,
                          const char*, const char*, std::size_t* body_size, void** has_begun) {
    if (!is_read_only(method)) return queue(connection, {.status = 405, .body = "only GET and HEAD\n"});
    // It calls for the header fields first, then for each part of a body, then for the answer.
    const bool is_whole = *has_begun != nullptr && *body_size == 0;
    *has_begun = self;
    *body_size = 0;
    return is_whole ? queue(connection, static_cast<HttpServer*>(self)->answer_(path)) : MHD_YES;
  };
  server->daemon_.reset(::MHD_start_daemon(
      MHD_USE_EPOLL, 0, nullptr, nullptr, handler, server.get(), MHD_OPTION_LISTEN_SOCKET, socket,
      MHD_OPTION_CONNECTION_LIMIT, limits.connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
      limits.of_one_address, MHD_OPTION_CONNECTION_TIMEOUT, limits.idle_seconds, MHD_OPTION_END));
  if (!server->daemon_) return overlay::failure("the HTTP server does not start");
  const auto* const polled = ::MHD_get_daemon_info(server->daemon_.get(), MHD_DAEMON_INFO_EPOLL_FD);
  server->watch_ = loop.on_readable(polled->epoll_fd, [server = server.get()] { server->serve(); });
  return server;
}

unsigned HttpServer::open_connections() const {
  return ::MHD_get_daemon_info(daemon_.get(), MHD_DAEMON_INFO_CURRENT_CONNECTIONS)->num_connections;
}

void HttpServer::serve() {
  MHD_UNSIGNED_LONG_LONG milliseconds = 0;
  for (int i = 0; i < kRunsInATurn && milliseconds == 0; ++i) {
    ::MHD_run(daemon_.get());
    if (::MHD_get_timeout(daemon_.get(), &milliseconds) != MHD_YES) break;
  }
  if (open_connections() == 0 && is_waited_for()) watch_.cancel();
}

// By a client that could not be accepted, for want of descriptors: it would wake the loop for ever.
bool HttpServer::is_waited_for() const {
  pollfd polled{.fd = ::MHD_get_daemon_info(daemon_.get(), MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
                .events = POLLIN,
                .revents = 0};
  return ::poll(&polled, 1, 0) > 0;
}

void HttpServer::on_timer() {
  (void)watch_.resume();
  serve();
}

}  // namespace relay
