#include "relay/io/client_stream.h"

#include <cerrno>
#include <utility>

#include <sys/socket.h>

namespace relay {
namespace {

// At most this much is written at once: an answer waits for no more than that.
constexpr std::size_t kBatchBytes = 16 * 1024;
constexpr std::size_t kKeptBytes = 8192;

}  // namespace

ClientStream::ClientStream(AcceptedSocket accepted, overlay::Instant now)
    : socket_(std::move(accepted.fd)),
      five_tuple_{.client = accepted.client, .server = accepted.local, .transport = overlay::Transport::kTcp},
      last_progress_(now) {}

std::optional<StreamEnd> ClientStream::read(overlay::MutableBytes chunk) {
  const ssize_t count = ::recv(socket_.get(), chunk.data(), chunk.size(), 0);
  if (count == 0) return StreamEnd::kByClient;
  if (count < 0) {
    if (errno == EAGAIN || errno == EINTR) return std::nullopt;
    return StreamEnd::kByClient;
  }
  framer_.feed(chunk.first(static_cast<std::size_t>(count)));
  return std::nullopt;
}

std::uint64_t ClientStream::take_skipped() {
  return framer_.skipped() - std::exchange(counted_skipped_, framer_.skipped());
}

std::optional<StreamEnd> ClientStream::write(overlay::Instant now) {
  if (wire_.empty()) last_progress_ = now;
  while (!is_all_written()) {
    if (written_ == wire_.size()) {
      wire_.clear();
      written_ = 0;
      queue_.take(kBatchBytes, wire_);
    }
    const ssize_t count =
        ::send(socket_.get(), wire_.data() + written_, wire_.size() - written_, MSG_NOSIGNAL);
    if (count < 0) {
      if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS) return std::nullopt;
      return StreamEnd::kByClient;
    }
    written_ += static_cast<std::size_t>(count);
    last_progress_ = now;
  }
  wire_.clear();
  written_ = 0;
  if (wire_.capacity() > kKeptBytes) wire_.shrink_to_fit();
  return std::nullopt;
}

void ClientStream::close() {
  awaits_writable = false;
  readable.cancel();
  writable.cancel();
  socket_.reset();
}

}  // namespace relay
