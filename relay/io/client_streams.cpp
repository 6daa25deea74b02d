#include "relay/io/client_streams.h"

#include <algorithm>
#include <utility>

#include "overlay/loop/system_clock.h"

namespace relay {
namespace {

constexpr std::size_t kMaxAcceptsPerTurn = 64;
// Whether TLS is spoken shows only with the first byte; the two ends are enough to tell connections apart.
FiveTuple key_of(FiveTuple tuple) {
  tuple.transport = overlay::Transport::kTcp;
  return tuple;
}

constexpr overlay::Duration kSweepInterval = std::chrono::seconds(1);

}  // namespace

ClientStreams::ClientStreams(overlay::EventLoop& loop, TransportSink& sink, HandshakeQueue& handshakes,
                             StreamPolicy policy)
    : loop_(loop),
      sink_(sink),
      handshakes_(handshakes),
      policy_(policy),
      connections_(policy.limits),
      passages_(loop) {}

ClientStreams::~ClientStreams() = default;

overlay::Status ClientStreams::open_listener(const StreamListenerConfig& config, bool is_shared) {
  auto socket = TcpListener::open(config.local, {.is_shared = is_shared, .may_be_absent = true});
  if (!socket) return overlay::failure(socket.error().message);
  auto listener = std::make_unique<Listener>(
      Listener{.socket = std::move(socket).value(), .config = config, .watch = {}});
  Listener& opened = *listener;
  opened.watch = loop_.on_readable(opened.socket.fd(), [this, &opened] { accept(opened); });
  if (!opened.watch.is_active()) pause(opened, overlay::system_now());
  listeners_.push_back(std::move(listener));
  return overlay::ok();
}

void ClientStreams::close_listener(const overlay::Endpoint& local) {
  std::erase_if(listeners_, [&](const auto& listener) { return listener->config.local == local; });
}

// ---- from connecting to closing ----

void ClientStreams::accept(Listener& listener) {
  const overlay::Instant now = overlay::system_now();
  for (std::size_t i = 0; i < kMaxAcceptsPerTurn; ++i) {
    auto accepted = listener.socket.accept();
    if (!accepted) break;
    admit(std::move(*accepted), listener.config, now);
  }
  counters_.refused_no_descriptor += listener.socket.take_refused();
  if (listener.socket.is_exhausted()) pause(listener, now);
}

void ClientStreams::pause(Listener& listener, overlay::Instant now) {
  listener.watch.cancel();
  listener.is_paused = true;
  next_sweep_ = std::min(next_sweep_, now + kSweepInterval);
}

void ClientStreams::resume_listeners() {
  for (const auto& listener : listeners_)
    if (listener->is_paused) listener->is_paused = !listener->watch.resume();
}

// A proxy names its client later. Until then all connections of proxies count as one source.
void ClientStreams::admit(AcceptedSocket accepted, const StreamListenerConfig& config, overlay::Instant now) {
  const bool is_proxy = std::ranges::any_of(config.proxies, [&](const overlay::IpPrefix& proxy) {
    return proxy.contains(accepted.client.address);
  });
  const overlay::IpAddress source = is_proxy ? overlay::IpAddress{} : accepted.client.address;
  if (!is_admitted(source)) return;
  auto stream = std::make_unique<ClientStream>(
      std::move(accepted),
      StreamProtocols{.plain = config.takes_plain,
                      .tls = config.tls != nullptr ? config.tls->current() : nullptr,
                      .expects_proxy = is_proxy,
                      .has_backend = config.backend.has_value()},
      scratch_, now);
  ClientStream& opened = *stream;
  opened.source = source;
  opened.next_check = now + policy_.prove_within;
  opened.readable =
      loop_.on_readable(opened.fd(), [this, &opened, backend = config.backend] { read(opened, backend); });
  (void)begin(std::move(stream), now);
}

// False when the kernel watches no further socket; the stream is closed then.
bool ClientStreams::begin(std::unique_ptr<ClientStream> stream, overlay::Instant now) {
  ClientStream& begun = *stream;
  if (!begun.readable.is_active()) {
    ++counters_.refused_no_descriptor;
    connections_.release(begun.source);
    return false;
  }
  ++counters_.accepted;
  enroll(std::move(stream));
  connections_.add_unproven(begun.registered, begun.source);
  next_sweep_ = std::min(next_sweep_, now + kSweepInterval);
  return true;
}

bool ClientStreams::is_admitted(const overlay::IpAddress& source) {
  const auto stream_of = [this](const FiveTuple& key) -> ClientStream& {
    const auto found = streams_by_client_.find(key);
    CHECK(found != streams_by_client_.end());
    return *found->second;
  };
  const auto admission = connections_.admit(
      source, [&](const FiveTuple& key) { return sink_.is_served(stream_of(key).five_tuple()); },
      [&](const FiveTuple& key) { close(stream_of(key), StreamEnd::kEvicted); });
  switch (admission) {
    case ConnectionLimits::Admission::kAdmitted:
      return true;
    case ConnectionLimits::Admission::kFull:
      ++counters_.refused_full;
      return false;
    case ConnectionLimits::Admission::kSourceFull:
      ++counters_.refused_source_full;
      return false;
    case ConnectionLimits::Admission::kNetworkFull:
      ++counters_.refused_network_full;
      return false;
  }
  return false;
}

// A proxy may use a client's port again before we know that the connection before has ended.
void ClientStreams::enroll(std::unique_ptr<ClientStream> stream) {
  const FiveTuple key = key_of(stream->five_tuple());
  if (const auto found = streams_by_client_.find(key); found != streams_by_client_.end())
    close(*found->second, StreamEnd::kReplaced);
  stream->registered = key;
  streams_by_client_.emplace(key, std::move(stream));
}

std::unique_ptr<ClientStream> ClientStreams::strike_off(ClientStream& stream) {
  const auto found = streams_by_client_.find(stream.registered);
  CHECK(found != streams_by_client_.end() && found->second.get() == &stream);
  auto owned = std::move(found->second);
  streams_by_client_.erase(found);
  return owned;
}

bool ClientStreams::enroll_again(ClientStream& stream) {
  connections_.remove_unproven(stream.registered);
  connections_.release(stream.source);
  const overlay::IpAddress source = stream.five_tuple().client.address;
  const bool is_within_limits = is_admitted(source);
  if (is_within_limits)
    stream.source = source;
  else
    connections_.restore(stream.source);
  enroll(strike_off(stream));
  if (is_within_limits)
    connections_.add_unproven(stream.registered, source);
  else
    close(stream, StreamEnd::kRefused);
  return is_within_limits;
}

void ClientStreams::close(ClientStream& stream, StreamEnd why) {
  if (!stream.is_open()) return;
  ++counters_.closed[static_cast<std::size_t>(why)];
  stream.close();
  stream.handshake_place = {};
  connections_.remove_unproven(stream.registered);
  closed_.push_back(strike_off(stream));
  connections_.release(stream.source);
  sink_.on_client_closed(stream.five_tuple());
}

// It counts as a connection of its source until it ends. The backend's clients prove nothing here and are
// never evicted, so they get half of all places.
void ClientStreams::pass_on(ClientStream& stream, const HttpsBackend& backend) {
  if (passages_.size() >= std::max<std::size_t>(policy_.limits.in_all / 2, 1))
    return close(stream, StreamEnd::kRefused);
  ++counters_.closed[static_cast<std::size_t>(StreamEnd::kPassedOn)];
  overlay::FileDescriptor socket = stream.release();
  connections_.remove_unproven(stream.registered);
  closed_.push_back(strike_off(stream));
  passages_.begin(std::move(socket), stream.ends(), stream.opening(), backend,
                  [this, source = stream.source] { connections_.release(source); });
}

void ClientStreams::close_client(const FiveTuple& client) {
  const auto found = streams_by_client_.find(key_of(client));
  if (found == streams_by_client_.end()) return;
  ClientStream& stream = *found->second;
  write(stream, overlay::system_now());
  close(stream, StreamEnd::kByUs);
}

// ---- in ----

// One chunk in a turn: a connection that is ahead waits for the others.
// The listener may have been closed meanwhile, but its backend is still the one for streams that came by it.
void ClientStreams::read(ClientStream& stream, const std::optional<HttpsBackend>& backend) {
  const auto end = stream.read();
  if (key_of(stream.five_tuple()) != stream.registered && !enroll_again(stream)) return;
  if (stream.is_for_backend()) return pass_on(stream, *backend);
  if (stream.awaits_handshake()) return await_turn(stream);
  deliver(stream);
  if (end) close(stream, *end);
}

void ClientStreams::await_turn(ClientStream& stream) {
  stream.readable.cancel();
  stream.handshake_place =
      handshakes_.join(stream.five_tuple().client.address, [this, &stream](overlay::Instant) {
        stream.handshake_place = {};  // the stream may go on in another thread
        if (!stream.readable.resume()) return close(stream, StreamEnd::kRefused);
        stream.go_on_with_handshake();
        deliver(stream);
      });
}

void ClientStreams::deliver(ClientStream& stream) {
  const FiveTuple tuple = stream.five_tuple();
  const overlay::DatagramMeta meta{
      .source = tuple.client, .local = tuple.server, .transport = tuple.transport};
  while (stream.is_open()) {
    const auto message = stream.next();
    if (!message) break;
    if (hand_over(stream, *message)) return;
    ++counters_.messages_in;
    overlay::PacketBuffer& buffer = sink_.acquire_received();
    CHECK(buffer.assign(*message));
    sink_.on_client_message(meta, buffer);
    if (stream.is_data_connection) {
      stream.keep_rest();
      return data_connections_.join(take_out(stream));
    }
  }
  counters_.messages_too_long += stream.take_skipped();
  if (!stream.is_open()) return;
  if (stream.has_records()) list_unsent(stream);
  if (const auto why = stream.ended()) close(stream, *why);
}

// ---- data connections ----

void ClientStreams::make_data_connection(const FiveTuple& client) {
  if (const auto found = streams_by_client_.find(key_of(client)); found != streams_by_client_.end())
    found->second->is_data_connection = true;
}

std::unique_ptr<ClientStream> ClientStreams::take_out(ClientStream& stream) {
  ++counters_.closed[static_cast<std::size_t>(StreamEnd::kDataConnection)];
  for (overlay::EventLoop::Watch* const watch : {&stream.readable, &stream.writable}) {
    watch->cancel();
    ended_watches_.push_back(std::move(*watch));
  }
  stream.awaits_writable = false;
  connections_.remove_unproven(stream.registered);
  if (std::exchange(stream.has_unsent, false)) std::erase(unsent_, &stream);
  return strike_off(stream);
}

bool ClientStreams::hand_over(ClientStream& stream, overlay::Bytes message) {
  const auto core = data_connections_.find_holder
                        ? data_connections_.find_holder(stream.five_tuple(), message)
                        : std::nullopt;
  if (!core) return false;
  stream.keep_rest(message);
  auto taken = take_out(stream);
  connections_.release(taken->source);
  data_connections_.hand_over(*core, std::move(taken));
  return true;
}

void ClientStreams::adopt(std::unique_ptr<ClientStream> stream) {
  if (!is_admitted(stream->source)) return;
  ClientStream& adopted = *stream;  // with the time that it has left: strangers must not gain any by moving
  // The kind of the connection is known: it belongs to no backend.
  adopted.readable = loop_.on_readable(adopted.fd(), [this, &adopted] { read(adopted, std::nullopt); });
  if (!begin(std::move(stream), overlay::system_now())) return;
  if (!adopted.is_all_written()) list_unsent(adopted);
  adopted.go_on_with_rest(scratch_);
  deliver(adopted);
}

// ---- out ----

void ClientStreams::send(const overlay::DatagramRoute& route, overlay::Bytes message) {
  ++counters_.queued;
  const auto found = streams_by_client_.find(
      {.client = route.destination, .server = route.source, .transport = overlay::Transport::kTcp});
  if (found == streams_by_client_.end()) {
    ++counters_.no_connection;
    return;
  }
  ClientStream& stream = *found->second;
  if (!stream.push(message)) ++(is_media(message) ? counters_.media_dropped : counters_.answers_dropped);
  list_unsent(stream);
}

void ClientStreams::list_unsent(ClientStream& stream) {
  if (!std::exchange(stream.has_unsent, true)) unsent_.push_back(&stream);
}

void ClientStreams::flush() {
  if (!unsent_.empty()) write_unsent(overlay::system_now());
  closed_.clear();
  ended_watches_.clear();
  passages_.remove_ended();
}

void ClientStreams::write_unsent(overlay::Instant now) {
  // NOLINTNEXTLINE(modernize-loop-convert): write() may close a stream, which then leaves the list
  for (std::size_t i = 0; i < unsent_.size(); ++i) {
    ClientStream& stream = *unsent_[i];
    stream.has_unsent = false;
    // A stream that waits for its socket writes when the socket is writable.
    if (stream.is_open() && !stream.awaits_writable) write(stream, now);
  }
  unsent_.clear();
}

void ClientStreams::write(ClientStream& stream, overlay::Instant now) {
  if (const auto end = stream.write(now)) return close(stream, *end);
  if (!stream.is_all_written()) await_writable(stream, now);
}

void ClientStreams::await_writable(ClientStream& stream, overlay::Instant now) {
  if (std::exchange(stream.awaits_writable, true)) return;
  stream.begin_wait(now);
  stream.writable = loop_.on_writable(stream.fd(), [this, &stream] {
    write(stream, overlay::system_now());
    if (!stream.is_open() || !stream.is_all_written()) return;
    stream.writable.cancel();
    stream.awaits_writable = false;
  });
  if (!stream.writable.is_active()) close(stream, StreamEnd::kRefused);
}

// ---- time ----

void ClientStreams::on_timer(overlay::Instant now) {
  if (now < next_sweep_) return;
  std::vector<std::pair<ClientStream*, StreamEnd>> ended;
  for (const auto& [client, stream] : streams_by_client_)
    if (const auto end = check(*stream, now)) ended.emplace_back(stream.get(), *end);
  for (const auto& [stream, why] : ended)
    close(*stream, why);
  passages_.give_up(now, policy_.idle_for);
  resume_listeners();
  const bool is_empty = streams_by_client_.empty() && passages_.empty() &&
                        std::ranges::none_of(listeners_, [](const auto& l) { return l->is_paused; });
  next_sweep_ = is_empty ? overlay::kNever : now + kSweepInterval;
}

std::optional<StreamEnd> ClientStreams::check(ClientStream& stream, overlay::Instant now) {
  // Only a socket that has refused bytes stalls. A queued message may still wait for the flush of this round.
  if (stream.awaits_writable && now - stream.last_progress() >= policy_.stalled_for)
    return StreamEnd::kStalled;
  if (now < stream.next_check) return std::nullopt;
  const bool is_served = sink_.is_served(stream.five_tuple());
  if (!is_served) return stream.was_served ? StreamEnd::kIdle : StreamEnd::kNotProven;
  stream.was_served = true;
  connections_.remove_unproven(stream.registered);
  stream.next_check = now + policy_.idle_for;
  return std::nullopt;
}

}  // namespace relay
