#include "relay/node/http_server.h"

#include <cerrno>
#include <cstring>

#include <event2/buffer.h>
#include <event2/http.h>

#include "overlay/base/check.h"

namespace relay {
namespace {

constexpr int kTimeoutS = 10;
constexpr ev_ssize_t kMaxHeaderBytes = 8 * 1024;
constexpr ev_ssize_t kMaxBodyBytes = 1024;

void reply(evhttp_request* request, const HttpAnswer& answer) {
  evkeyvalq* const headers = evhttp_request_get_output_headers(request);
  evhttp_add_header(headers, "Content-Type", answer.content_type.c_str());
  evhttp_add_header(headers, "Cache-Control", "no-store");
  // One answer a connection: nobody keeps one of ours open.
  evhttp_add_header(headers, "Connection", "close");
  evbuffer* const body = evhttp_request_get_output_buffer(request);
  evbuffer_add(body, answer.body.data(), answer.body.size());
  evhttp_send_reply(request, answer.status, nullptr, nullptr);
}

}  // namespace

void HttpServer::Free::operator()(evhttp* http) const {
  evhttp_free(http);
}

HttpServer::HttpServer(overlay::EventLoop& loop, Answer answer)
    : http_(evhttp_new(loop.base())), answer_(std::move(answer)) {
  CHECK(http_ != nullptr);
  evhttp_set_timeout(http_.get(), kTimeoutS);
  evhttp_set_max_headers_size(http_.get(), kMaxHeaderBytes);
  evhttp_set_max_body_size(http_.get(), kMaxBodyBytes);
  evhttp_set_allowed_methods(http_.get(), EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
  const auto on_request = [](evhttp_request* request, void* self) {
    const char* const path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
    reply(request, static_cast<HttpServer*>(self)->answer_(path != nullptr ? path : ""));
  };
  evhttp_set_gencb(http_.get(), on_request, this);
}

overlay::Result<std::unique_ptr<HttpServer>> HttpServer::open(overlay::EventLoop& loop,
                                                              const overlay::Endpoint& listen,
                                                              Answer answer) {
  std::unique_ptr<HttpServer> server(new HttpServer(loop, std::move(answer)));
  if (evhttp_bind_socket(server->http_.get(), listen.address.to_string().c_str(), listen.port) != 0)
    return overlay::failure("cannot open TCP port " + listen.to_string() + ": " + std::strerror(errno) +
                            (errno == EADDRINUSE ? "; another process has it (`ss -tlpn` names it)"
                                                 : "; take an address of this machine, such as 127.0.0.1"));
  return server;
}

}  // namespace relay
