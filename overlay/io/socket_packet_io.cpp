#include "overlay/io/socket_packet_io.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include <sys/resource.h>

#include "overlay/io/error_queue.h"
#include "overlay/io/icmp_socket.h"
#include "overlay/io/raw_send_batch.h"
#include "overlay/loop/descriptor_reserve.h"
#include "overlay/loop/system_clock.h"

namespace overlay {
namespace {

constexpr std::uint32_t kEnd = std::numeric_limits<std::uint32_t>::max();
// The maximum that one port reads in a round before other ports get their turn.
constexpr std::size_t kMaxPerTurn = 256;
// At these limits the round flushes early: received datagrams leave while more are read, and their buffers
// are still in the cache.
constexpr std::size_t kFlushAtSends = 1024;
// Enough for a thread that reads long runs, or that waited for its core and finds full socket queues.
constexpr std::size_t kReadyBuffers = SocketPacketIo::kFlushAtBuffers + ReceiveBatch::kMaxBuffers;
constexpr std::size_t kBusyBufferBytes = 16 << 20;  // for sockets that receive from many clients

// True for datagrams that the raw socket can send. Others need a socket option, or an error code from the
// kernel.
bool fits_raw(const DatagramRoute& route) {
  return !route.dont_fragment && route.source.address.family() == route.destination.address.family();
}

Unexpected<Error> no_watch(const Endpoint& local) {
  return failure("the kernel watches no further sockets, so not " + local.to_string() +
                 "; raise fs.epoll.max_user_watches");
}

Unexpected<Error> no_descriptor(const Endpoint& local) {
  return failure("no file descriptor is left for UDP port " + local.to_string() + "; raise LimitNOFILE=");
}

// The kernel assigns the lowest free descriptor, so a descriptor above this limit shows that few are left.
int most_of_all_descriptors() {
  rlimit limit{};
  CHECK(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, std::numeric_limits<int>::max()) / 4 * 3);
}

}  // namespace

// Shared state of the steered ports of one address.
struct SocketPacketIo::Steered {
  PortSteering& steering;
  std::unique_ptr<Port> receiver;
  std::unique_ptr<RawSendBatch> sender;
  std::optional<IcmpSocket> errors = std::nullopt;
  EventLoop::Watch errors_watch = {};
};

struct SocketPacketIo::Port {
  UdpSocket socket;
  EventLoop::Watch watch;
  ReceiveForecast forecast;
  std::uint32_t first_send = kEnd;  // in queue_
  std::uint32_t last_send = kEnd;
  Steered* steered = nullptr;
  bool serves_many = false;  // a listener, a busy port, or the shared socket of steered ports
  bool may_linger = false;
  bool is_lingering = false;

  [[nodiscard]] bool is_open() const { return socket.is_open() && !is_lingering; }
};

SocketPacketIo::SocketPacketIo(EventLoop& loop, Duration linger)
    : loop_(loop),
      arena_(kReadyBuffers),
      lingering_(linger),
      plenty_of_descriptors_(most_of_all_descriptors()) {
  queue_.reserve(kFlushAtSends);
}

SocketPacketIo::~SocketPacketIo() = default;

Status SocketPacketIo::open_port(const Endpoint& local) {
  if (reopen(local)) return ok();
  if (Steered* const steered = steered_at(local.address)) return open_steered_port(*steered, local);
  const auto opened = open_socket(local, {.reports_errors = error_sink_ != nullptr});
  if (!opened) return failure(opened.error().message);
  if (auto kept = keep_out_of_reserve((*opened)->socket.local()); !kept) return kept;
  (*opened)->may_linger = local.port != 0;
  return ok();
}

Status SocketPacketIo::open_busy_port(const Endpoint& local) {
  if (steered_at(local.address) != nullptr) return open_port(local);
  const UdpSocketOptions options{.buffer_bytes = kBusyBufferBytes, .reports_errors = error_sink_ != nullptr};
  if (auto opened = open_port(local, options); !opened) return opened;
  return keep_out_of_reserve(local);
}

Status SocketPacketIo::keep_out_of_reserve(const Endpoint& local) {
  const auto opened = ports_by_local_.find(local);
  if (opened == ports_by_local_.end() || !is_of_reserve(opened->second->socket.fd())) return ok();
  close_port(local);
  return no_descriptor(local);
}

SocketPacketIo::Steered* SocketPacketIo::steered_at(const IpAddress& address) const {
  for (const auto& steered : steered_)
    if (steered->steering.address() == address) return steered.get();
  return nullptr;
}

Status SocketPacketIo::open_port(const Endpoint& local, const UdpSocketOptions& options) {
  if (auto lingering = lingering_.take(local)) discard(std::move(lingering));
  const auto opened = open_socket(local, options);
  if (!opened) return failure(opened.error().message);
  (*opened)->serves_many = true;
  return ok();
}

Status SocketPacketIo::steer(PortSteering& steering, std::uint32_t plane) {
  auto sender = RawSendBatch::open(steering.address().family());
  if (!sender) return failure(sender.error().message);
  auto socket = UdpSocket::open(
      {steering.address(), 0},
      {.buffer_bytes = kBusyBufferBytes, .takes_runs = true, .is_steered_to = true, .may_be_absent = true});
  if (!socket) return failure(socket.error().message);
  if (auto set = steering.set_socket(plane, *socket); !set) return set;
  auto receiver = std::make_unique<Port>(Port{.socket = std::move(socket).value(), .serves_many = true});
  Port& port = *receiver;
  port.watch = loop_.on_readable(port.socket.fd(), [this, &port] { read(port); });
  if (!port.watch.is_active()) return no_watch({steering.address(), 0});
  steered_.push_back(std::make_unique<Steered>(
      Steered{.steering = steering, .receiver = std::move(receiver), .sender = std::move(sender).value()}));
  return error_sink_ ? watch_errors(*steered_.back()) : ok();
}

Status SocketPacketIo::watch_errors(Steered& steered) {
  auto errors = IcmpSocket::open(steered.steering.address());
  if (!errors) return failure(errors.error().message);
  steered.errors = std::move(errors).value();
  steered.errors_watch = loop_.on_readable(steered.errors->fd(), [this, &steered] {
    steered.errors->drain([&](const IcmpError& error) {
      const auto port = ports_by_local_.find(error.local);
      if (port != ports_by_local_.end() && port->second->steered == &steered) error_sink_(error);
    });
  });
  return steered.errors_watch.is_active() ? ok() : Status(no_watch({steered.steering.address(), 0}));
}

Status SocketPacketIo::open_steered_port(Steered& steered, const Endpoint& local) {
  if (ports_by_local_.contains(local)) return failure("UDP port " + local.to_string() + " is open already");
  auto socket = UdpSocket::open(local, {.only_sends = true});
  if (!socket) return failure(socket.error().message);
  if (is_of_reserve(socket->fd())) return no_descriptor(local);
  if (socket->fd() >= plenty_of_descriptors_) descriptors_are_scarce_ = true;
  ports_by_local_.emplace(
      local, std::make_unique<Port>(
                 Port{.socket = std::move(socket).value(), .steered = &steered, .may_linger = true}));
  steered.steering.open(local.port);
  return ok();
}

Result<SocketPacketIo::Port*> SocketPacketIo::open_socket(const Endpoint& local,
                                                          const UdpSocketOptions& options) {
  if (ports_by_local_.contains(local)) return failure("UDP port " + local.to_string() + " is open already");
  UdpSocketOptions own = options;
  own.takes_runs = true;
  auto socket = UdpSocket::open(local, own);
  if (!socket) return failure(socket.error().message);
  if (socket->fd() >= plenty_of_descriptors_) descriptors_are_scarce_ = true;
  auto port = std::make_unique<Port>(Port{.socket = std::move(socket).value()});
  Port& opened = *port;
  opened.watch = loop_.on_readable(opened.socket.fd(), [this, &opened] { read(opened); });
  if (!opened.watch.is_active()) return no_watch(local);
  ports_by_local_.emplace(opened.socket.local(), std::move(port));
  return &opened;
}

void SocketPacketIo::close_port(const Endpoint& local) {
  const auto found = ports_by_local_.find(local);
  if (found == ports_by_local_.end()) return;
  Port& port = *found->second;
  if (port.first_send != kEnd) transmit();
  if (last_port_ == &port) last_port_ = nullptr;
  if (port.steered != nullptr) port.steered->steering.close(local.port);
  std::unique_ptr<Port> closed = std::move(found->second);
  ports_by_local_.erase(found);
  if (!port.may_linger || !lingering_.has_room() || port.socket.fd() >= plenty_of_descriptors_)
    return discard(std::move(closed));
  port.is_lingering = true;
  lingering_.add(local, std::move(closed), system_now());
}

// A lingering port without received datagrams is as good as a new one.
bool SocketPacketIo::reopen(const Endpoint& local) {
  auto port = lingering_.take(local);
  if (!port) return false;
  if (!port->socket.is_quiet()) {
    discard(std::move(port));
    return false;
  }
  port->is_lingering = false;
  port->forecast = {};
  if (port->steered != nullptr) port->steered->steering.open(local.port);
  ports_by_local_.emplace(local, std::move(port));
  return true;
}

// The handler of the port may still run, so the port stays until flush().
void SocketPacketIo::discard(std::unique_ptr<Port> port) {
  port->watch.cancel();
  port->socket.close();
  closed_.push_back(std::move(port));
}

void SocketPacketIo::send(const DatagramRoute& route, const PacketBuffer& buffer) {
  const bool is_lost = arena_.is_spare(buffer);
  if (route.transport != Transport::kUdp && !is_lost) [[unlikely]]
    return detour_(route, buffer);
  ++counters_.queued;
  if (is_lost) [[unlikely]] {
    ++counters_.send_no_buffer;
    return;
  }
  Port* const port = find_port(route.source);
  if (port == nullptr) {
    ++counters_.send_no_port;
    return;
  }
  if (queue_.size() == kFlushAtSends) transmit();
  const auto index = static_cast<std::uint32_t>(queue_.size());
  queue_.push_back({.route = route, .payload = buffer.bytes(), .next = kEnd});
  if (port->first_send == kEnd) {
    port->first_send = index;
    ports_with_sends_.push_back(port);
  } else {
    queue_[port->last_send].next = index;
  }
  port->last_send = index;
}

// A port bound to all addresses sends from each of them.
SocketPacketIo::Port* SocketPacketIo::find_port(const Endpoint& source) {
  if (last_port_ != nullptr && source == last_source_) return last_port_;
  auto found = ports_by_local_.find(source);
  if (found == ports_by_local_.end()) {
    const IpAddress all = source.address.is_v4() ? IpAddress::v4({}) : IpAddress::v6({});
    found = ports_by_local_.find({all, source.port});
  }
  if (found == ports_by_local_.end()) return nullptr;
  last_source_ = source;
  last_port_ = found->second.get();
  return last_port_;
}

void SocketPacketIo::read(Port& port) {
  if (port.is_lingering) [[unlikely]]
    return discard(lingering_.take(port.socket.local()));
  take_turn(port);
  // Datagrams of many clients make a full batch; the batch leaves before the turns of other ports.
  if (port.serves_many) transmit();
}

bool SocketPacketIo::read_now(const Endpoint& local) {
  const auto found = ports_by_local_.find(local);
  return found == ports_by_local_.end() || take_turn(*found->second);
}

// The sink may close the port; datagrams that were read from the port are still delivered.
bool SocketPacketIo::take_turn(Port& port) {
  for (std::size_t taken = 0; taken < kMaxPerTurn && port.is_open();) {
    flush_if_full();
    const auto received = receive_batch_.receive(port.socket, port.forecast, counters_);
    const Instant now = system_now();
    for (const Arrival& arrival : received.arrivals)
      sink_(*arrival.meta, *arrival.buffer, now);
    taken += received.arrivals.size();
    if (taken == 0 && port.is_open()) tell_errors(port);
    if (received.is_drained) return true;
  }
  has_backlog_ = true;
  return false;
}

// A readable port without a datagram has errors; it stays readable until they are read.
void SocketPacketIo::tell_errors(Port& port) {
  if (port.socket.reports_errors() && error_sink_) ErrorQueue::drain(port.socket, error_sink_);
}

PacketBuffer& SocketPacketIo::acquire_received() {
  flush_if_full();
  return arena_.acquire();
}

void SocketPacketIo::flush() {
  transmit();
  arena_.release_all();
  receive_batch_.forget_buffers();
  closed_.clear();
  if (!lingering_.is_empty()) give_up_lingering();
}

// Open ports need the descriptors more than lingering ports.
void SocketPacketIo::give_up_lingering() {
  lingering_.give_up_until(std::exchange(descriptors_are_scarce_, false) ? kNever : system_now());
}

void SocketPacketIo::transmit() {
  for (Port* const port : ports_with_sends_)
    transmit(*port);
  for (const auto& steered : steered_)
    transmit_raw(*steered);
  ports_with_sends_.clear();
  queue_.clear();
}

// Rare, because the option belongs to the socket and not to the datagram.
void SocketPacketIo::transmit_whole(Port& port, const QueuedSend& send) {
  send_batch_.transmit(port.socket, counters_);
  port.socket.set_dont_fragment(true);
  CHECK(send_batch_.append(port.socket, send.route, send.payload));
  send_batch_.transmit(port.socket, counters_);
  port.socket.set_dont_fragment(false);
}

// The port's own socket tries the datagrams that the raw socket rejected, and counts failures.
void SocketPacketIo::transmit_raw(Steered& steered) {
  steered.sender->transmit(counters_, [this](const DatagramRoute& route, Bytes payload) {
    Port* const port = find_port(route.source);
    CHECK(port != nullptr && send_batch_.append(port->socket, route, payload));
    send_batch_.transmit(port->socket, counters_);
  });
}

void SocketPacketIo::transmit(Port& port) {
  // Several datagrams may be a run, and only the port's own socket can send a run as one message.
  if (port.steered != nullptr && port.first_send == port.last_send &&
      fits_raw(queue_[port.first_send].route)) {
    if (port.steered->sender->is_full()) transmit_raw(*port.steered);
    const QueuedSend& send = queue_[port.first_send];
    port.steered->sender->append(send.route, send.payload);
    port.first_send = port.last_send = kEnd;
    return;
  }
  for (std::uint32_t i = port.first_send; i != kEnd; i = queue_[i].next) {
    const QueuedSend& send = queue_[i];
    if (send.route.dont_fragment) {
      transmit_whole(port, send);
      continue;
    }
    if (send_batch_.append(port.socket, send.route, send.payload)) continue;
    send_batch_.transmit(port.socket, counters_);
    CHECK(send_batch_.append(port.socket, send.route, send.payload));
  }
  send_batch_.transmit(port.socket, counters_);
  port.first_send = port.last_send = kEnd;
}

}  // namespace overlay
