#include "relay/io/client_stream.h"

#include <cerrno>
#include <utility>

#include <sys/socket.h>

namespace relay {
namespace {

// At most this much is written at once: an answer waits for no more than that.
constexpr std::size_t kBatchBytes = 16 * 1024;
constexpr std::size_t kKeptBytes = 8192;
constexpr std::size_t kMaxWireBytes = 128 * 1024;
constexpr std::uint8_t kTlsHandshake = 0x16;

}  // namespace

ClientStream::ClientStream(AcceptedSocket accepted, StreamProtocols protocols, StreamScratch& scratch,
                           overlay::Instant now)
    : socket_(std::move(accepted.fd)),
      protocols_(std::move(protocols)),
      scratch_(scratch),
      five_tuple_{.client = accepted.client, .server = accepted.local, .transport = overlay::Transport::kTcp},
      last_progress_(now) {}

std::optional<StreamEnd> ClientStream::read() {
  const ssize_t count = ::recv(socket_.get(), scratch_.received.data(), scratch_.received.size(), 0);
  if (count == 0) return StreamEnd::kByClient;
  if (count < 0) {
    if (errno == EAGAIN || errno == EINTR) return std::nullopt;
    return StreamEnd::kByClient;
  }
  const overlay::Bytes chunk(scratch_.received.data(), static_cast<std::size_t>(count));
  if (!std::exchange(has_begun_, true)) begin(chunk.front());
  if (tls_)
    tls_->feed(chunk);
  else if (!is_refused_)
    framer_.feed(chunk);
  return std::nullopt;
}

void ClientStream::begin(std::uint8_t first) {
  if (first == kTlsHandshake && protocols_.tls) {
    five_tuple_.transport = overlay::Transport::kTls;
    tls_ = std::make_unique<TlsSession>(protocols_.tls->tls(), [this](overlay::Bytes records) {
      wire_.insert(wire_.end(), records.begin(), records.end());
    });
  } else {
    is_refused_ = !protocols_.plain;
  }
  protocols_ = {};
}

std::optional<overlay::Bytes> ClientStream::next() {
  while (true) {
    if (const auto message = framer_.next()) return message;
    if (!tls_ || framer_.is_broken()) return std::nullopt;
    const auto opened = tls_->open(scratch_.opened);
    if (!opened) return std::nullopt;
    framer_.feed(*opened);
  }
}

std::optional<StreamEnd> ClientStream::ended() const {
  if (is_refused_ || framer_.is_broken()) return StreamEnd::kGarbage;
  if (tls_ && tls_->has_failed()) return StreamEnd::kTlsFailed;
  if (tls_ && tls_->has_ended()) return StreamEnd::kByClient;
  // It makes us answer records that it does not read.
  if (wire_.size() - written_ > kMaxWireBytes) return StreamEnd::kStalled;
  return std::nullopt;
}

std::uint64_t ClientStream::take_skipped() {
  return framer_.skipped() - std::exchange(counted_skipped_, framer_.skipped());
}

std::optional<StreamEnd> ClientStream::write(overlay::Instant now) {
  if (wire_.empty()) last_progress_ = now;
  while (!is_all_written()) {
    if (written_ == wire_.size()) {
      refill();
      if (wire_.empty()) return StreamEnd::kTlsFailed;
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

// The next batch, as it goes over the wire.
void ClientStream::refill() {
  wire_.clear();
  written_ = 0;
  if (!tls_) return queue_.take(kBatchBytes, wire_);
  overlay::ByteVector batch;
  queue_.take(kBatchBytes, batch);
  seal(batch);
}

// A record for each message: some clients (turnutils_uclient) take a record for one message.
void ClientStream::seal(overlay::Bytes batch) {
  while (!batch.empty()) {
    const std::size_t size = frame_at_front(batch).padded;
    CHECK(size > 0 && size <= batch.size());
    if (!tls_->seal(batch.first(size))) return wire_.clear();
    batch = batch.subspan(size);
  }
}

void ClientStream::close() {
  // An alert may wait that says why; if not, TLS has its own way to say that nothing follows.
  if (tls_ && is_open()) {
    if (!has_records()) tls_->end();
    (void)::send(socket_.get(), wire_.data() + written_, wire_.size() - written_, MSG_NOSIGNAL);
  }
  awaits_writable = false;
  readable.cancel();
  writable.cancel();
  socket_.reset();
}

}  // namespace relay
