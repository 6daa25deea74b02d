#include "relay/io/splice.h"

#include <array>
#include <cerrno>
#include <utility>

#include <sys/socket.h>

#include "overlay/loop/system_clock.h"

namespace relay {
namespace {

bool is_transient(int error) {
  return error == EAGAIN || error == EINTR || error == ENOBUFS;
}

}  // namespace

Splice::Splice(overlay::EventLoop& loop, std::unique_ptr<ClientStream> client, overlay::FileDescriptor peer,
               Handlers handlers)
    : loop_(loop),
      client_(std::move(client)),
      peer_(std::move(peer)),
      handlers_(std::move(handlers)),
      to_peer_(client_->take_rest()) {}

void Splice::start() {
  client_readable_ = loop_.on_readable(client_->fd(), [this] { read_client(); });
  client_writable_ = loop_.on_writable(client_->fd(), [this] { write_client(); });
  peer_readable_ = loop_.on_readable(peer_.get(), [this] { read_peer(); });
  peer_writable_ = loop_.on_writable(peer_.get(), [this] { write_peer(); });
  settle();
}

// A data connection on TLS may have to answer a record, so that it has something to write as well.
void Splice::read_client() {
  switch (client_->read_bytes(to_peer_)) {
    case ClientStream::Input::kBroken:
      return end();
    case ClientStream::Input::kEnded:
      client_has_ended_ = true;
      break;
    case ClientStream::Input::kMore:
      break;
  }
  write_peer();
}

void Splice::write_peer() {
  if (!to_peer_.empty()) {
    const ssize_t count = ::send(peer_.get(), to_peer_.data(), to_peer_.size(), MSG_NOSIGNAL);
    if (count < 0 && !is_transient(errno)) return end();
    if (count > 0) {
      to_peer_.erase(to_peer_.begin(), to_peer_.begin() + count);
      handlers_.on_bytes(static_cast<std::size_t>(count), 0);
    }
  }
  settle();
}

void Splice::read_peer() {
  std::array<std::uint8_t, kChunkBytes> chunk;
  const ssize_t count = ::recv(peer_.get(), chunk.data(), chunk.size(), 0);
  if (count < 0) return is_transient(errno) ? void() : end();
  if (count == 0) {
    peer_has_ended_ = true;
  } else {
    const auto size = static_cast<std::size_t>(count);
    if (!client_->push_bytes(overlay::Bytes(chunk).first(size))) return end();
    handlers_.on_bytes(0, size);
  }
  write_client();
}

void Splice::write_client() {
  if (client_->write(overlay::system_now())) return end();
  settle();
}

void Splice::settle() {
  const bool client_has_all = client_->is_all_written();
  if (client_has_ended_ && to_peer_.empty() && !std::exchange(is_peer_told_, true))
    (void)::shutdown(peer_.get(), SHUT_WR);
  if (peer_has_ended_ && client_has_all && !std::exchange(is_client_told_, true)) client_->end_output();
  if (is_peer_told_ && is_client_told_) return end();

  const auto await = [](overlay::EventLoop::Watch& watch, bool is_awaited) {
    if (is_awaited) return watch.resume();
    watch.cancel();
    return true;
  };
  const bool is_watched = await(client_readable_, !client_has_ended_ && to_peer_.empty()) &&
                          await(client_writable_, !client_has_all) &&
                          await(peer_readable_, !peer_has_ended_ && client_has_all) &&
                          await(peer_writable_, !to_peer_.empty());
  if (!is_watched) end();
}

void Splice::close() {
  is_over_ = true;
  client_readable_.cancel();
  client_writable_.cancel();
  peer_readable_.cancel();
  peer_writable_.cancel();
  client_->close();
  peer_.reset();
}

void Splice::end() {
  if (is_over_) return;
  close();
  handlers_.on_end();
}

}  // namespace relay
