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

}  // namespace

ClientStream::ClientStream(AcceptedSocket accepted, StreamProtocols protocols, StreamScratch& scratch,
                           overlay::Instant now)
    : socket_(std::move(accepted.fd)),
      scratch_(&scratch),
      five_tuple_{.client = accepted.client, .server = accepted.local, .transport = overlay::Transport::kTcp},
      called_(accepted.local),
      opening_(std::move(protocols)),
      last_progress_(now) {}

std::optional<StreamEnd> ClientStream::read() {
  const ssize_t count = ::recv(socket_.get(), scratch_->received.data(), scratch_->received.size(), 0);
  if (count == 0) return StreamEnd::kByClient;
  if (count < 0) {
    if (errno == EAGAIN || errno == EINTR) return std::nullopt;
    return StreamEnd::kByClient;
  }
  const overlay::Bytes chunk(scratch_->received.data(), static_cast<std::size_t>(count));
  const auto rest = open(chunk);
  if (!rest || is_refused_) return std::nullopt;
  if (tls_)
    accept_records(*rest);
  else
    framer_.feed(*rest);
  return std::nullopt;
}

// Returns the unread bytes once the protocol is known.
std::optional<overlay::Bytes> ClientStream::open(overlay::Bytes chunk) {
  using Protocol = StreamOpening::Protocol;
  if (has_begun_) {
    opening_.reset();
    return chunk;
  }
  const Protocol protocol = opening_->feed(chunk);
  if (const auto& ends = opening_->proxied()) {
    five_tuple_.client = ends->client;
    called_ = ends->server;
  }
  is_for_backend_ = protocol == Protocol::kBackend;
  if (protocol == Protocol::kUndecided || is_for_backend_) return std::nullopt;
  has_begun_ = true;
  is_refused_ = protocol == Protocol::kRefused;
  if (protocol == Protocol::kTls) begin_tls();
  return opening_->unread();
}

void ClientStream::begin_tls() {
  five_tuple_.transport = overlay::Transport::kTls;
  tls_ = std::make_unique<TlsSession>(opening_->tls()->tls(), [this](overlay::Bytes records) {
    wire_.insert(wire_.end(), records.begin(), records.end());
  });
}

void ClientStream::accept_records(overlay::Bytes records) {
  records_ = {};
  if (tls_->is_established()) return tls_->feed(records);
  kept_.assign(records.begin(), records.end());
}

void ClientStream::go_on_with_handshake() {
  records_ = std::exchange(kept_, {});
  tls_->feed(records_);
}

overlay::FileDescriptor ClientStream::release() {
  readable.cancel();
  writable.cancel();
  return std::move(socket_);
}

std::optional<overlay::Bytes> ClientStream::next() {
  while (true) {
    if (const auto message = framer_.next()) return message;
    if (!tls_ || framer_.is_broken()) return std::nullopt;
    const auto opened = tls_->open(scratch_->opened);
    if (!opened) return std::nullopt;
    framer_.feed(*opened);
  }
}

std::optional<StreamEnd> ClientStream::ended() const {
  if (is_refused_ || framer_.is_broken()) return StreamEnd::kGarbage;
  if (tls_ && tls_->has_failed()) return StreamEnd::kTlsFailed;
  if (tls_ && tls_->has_ended()) return StreamEnd::kByClient;
  if (is_flooded()) return StreamEnd::kStalled;
  return std::nullopt;
}

bool ClientStream::is_flooded() const {
  return wire_.size() - written_ > kMaxWireBytes;
}

std::uint64_t ClientStream::take_skipped() {
  return framer_.skipped() - std::exchange(counted_skipped_, framer_.skipped());
}

std::optional<StreamEnd> ClientStream::write(overlay::Instant now) {
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

// ---- data connections ----

void ClientStream::keep_rest(overlay::Bytes front) {
  overlay::ByteVector kept(front.begin(), front.end());
  const overlay::Bytes framed = framer_.rest();
  kept.insert(kept.end(), framed.begin(), framed.end());
  while (tls_) {
    const auto opened = tls_->open(scratch_->opened);
    if (!opened) break;
    kept.insert(kept.end(), opened->begin(), opened->end());
  }
  rest_ = std::move(kept);
}

void ClientStream::go_on_with_rest(StreamScratch& scratch) {
  scratch_ = &scratch;
  framer_.feed(rest_);
}

ClientStream::Input ClientStream::read_bytes(overlay::ByteVector& out) {
  auto& received = scratch_->received;
  const ssize_t count = ::recv(socket_.get(), received.data(), received.size(), 0);
  if (count == 0) return Input::kEnded;
  if (count < 0) return errno == EAGAIN || errno == EINTR ? Input::kMore : Input::kBroken;
  const overlay::Bytes chunk(received.data(), static_cast<std::size_t>(count));
  if (!tls_) {
    out.insert(out.end(), chunk.begin(), chunk.end());
    return Input::kMore;
  }
  tls_->feed(chunk);
  while (const auto opened = tls_->open(scratch_->opened))
    out.insert(out.end(), opened->begin(), opened->end());
  if (tls_->has_failed() || is_flooded()) return Input::kBroken;
  return tls_->has_ended() ? Input::kEnded : Input::kMore;
}

bool ClientStream::push_bytes(overlay::Bytes bytes) {
  CHECK(is_all_written());
  wire_.clear();
  written_ = 0;
  if (tls_) return tls_->seal(bytes);
  wire_.assign(bytes.begin(), bytes.end());
  return true;
}

void ClientStream::end_output() {
  if (tls_) {
    tls_->end();
    (void)::send(socket_.get(), wire_.data() + written_, wire_.size() - written_, MSG_NOSIGNAL);
    written_ = wire_.size();
  }
  (void)::shutdown(socket_.get(), SHUT_WR);
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
