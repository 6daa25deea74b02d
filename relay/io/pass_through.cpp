#include "relay/io/pass_through.h"

#include <cerrno>
#include <utility>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include "overlay/io/socket_address.h"
#include "overlay/loop/descriptor_reserve.h"
#include "overlay/loop/system_clock.h"

namespace relay {
namespace {

bool is_transient(int error) {
  return error == EAGAIN || error == EINTR || error == ENOBUFS;
}

// Starts to connect; returns a closed descriptor on failure. Nagle's algorithm is off, because it would delay
// each piece until the backend acknowledges the piece before.
overlay::FileDescriptor connect_to(const overlay::Endpoint& backend) {
  overlay::SocketAddress address{};
  const socklen_t length = overlay::to_socket_address(backend, address);
  overlay::FileDescriptor fd(
      ::socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  const int on = 1;
  if (fd.is_open()) (void)::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (overlay::is_of_reserve(fd.get())) fd.reset();
  if (fd.is_open() && ::connect(fd.get(), &address.any, length) != 0 && errno != EINPROGRESS) fd.reset();
  return fd;
}

}  // namespace

PassThrough::PassThrough(overlay::EventLoop& loop, overlay::FileDescriptor client,
                         const overlay::Endpoint& backend, overlay::Bytes first, overlay::Handler on_end)
    : loop_(loop), client_(std::move(client)), backend_(connect_to(backend)), on_end_(std::move(on_end)) {
  if (!backend_.is_open()) {
    end();
    return;
  }
  to_backend_.from = to_client_.to = client_.get();
  to_backend_.to = to_client_.from = backend_.get();
  to_backend_.waiting.assign(first.begin(), first.end());
  await_writable(to_backend_);  // once it is connected
  await_readable(to_client_);
}

void PassThrough::read(Way& way) {
  way.waiting.resize(kBufferBytes);
  const ssize_t count = ::recv(way.from, way.waiting.data(), way.waiting.size(), 0);
  way.waiting.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  if (count < 0) return is_transient(errno) ? void() : end();
  if (count == 0) return finish(way);
  write(way);
  if (is_over_ || way.waiting.empty()) return;
  way.readable.cancel();
  await_writable(way);
}

void PassThrough::write(Way& way) {
  const ssize_t count = ::send(way.to, way.waiting.data(), way.waiting.size(), MSG_NOSIGNAL);
  if (count < 0) return is_transient(errno) ? void() : end();
  way.waiting.erase(way.waiting.begin(), way.waiting.begin() + count);
}

void PassThrough::await_readable(Way& way) {
  if (is_over_) return;
  way.readable = loop_.on_readable(way.from, [this, &way] { read(way); });
  if (!way.readable.is_active()) end();
}

void PassThrough::await_writable(Way& way) {
  way.writable = loop_.on_writable(way.to, [this, &way] {
    write(way);
    if (is_over_ || !way.waiting.empty()) return;
    way.writable.cancel();
    await_readable(way);
  });
  if (!way.writable.is_active()) end();
}

void PassThrough::finish(Way& way) {
  way.is_done = true;
  way.readable.cancel();
  (void)::shutdown(way.to, SHUT_WR);
  if (to_backend_.is_done && to_client_.is_done) return end();
  if (to_client_.is_done) backend_ended_at_ = overlay::system_now();
}

void PassThrough::give_up(overlay::Instant now, overlay::Duration patience) {
  if (backend_ended_at_ && now - *backend_ended_at_ >= patience) end();
}

void PassThrough::end() {
  if (std::exchange(is_over_, true)) return;
  for (Way* const way : {&to_backend_, &to_client_}) {
    way->readable.cancel();
    way->writable.cancel();
  }
  client_.reset();
  backend_.reset();
  on_end_();
}

void Passages::begin(overlay::FileDescriptor client, const StreamEnds& ends, overlay::Bytes opening,
                     const HttpsBackend& backend, overlay::Handler on_end) {
  overlay::ByteVector first;
  if (backend.takes_proxy_header) first = encode_proxy_header(ends);
  first.insert(first.end(), opening.begin(), opening.end());
  passages_.push_back(std::make_unique<PassThrough>(loop_, std::move(client), backend.address, first,
                                                    [this, on_end = std::move(on_end)] {
                                                      on_end();
                                                      has_ended_ = true;
                                                    }));
}

void Passages::give_up(overlay::Instant now, overlay::Duration patience) {
  for (const auto& passage : passages_)
    passage->give_up(now, patience);
}

void Passages::remove_ended() {
  if (std::exchange(has_ended_, false))
    std::erase_if(passages_, [](const auto& passage) { return passage->is_over(); });
}

}  // namespace relay
