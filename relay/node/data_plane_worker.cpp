#include "relay/node/data_plane_worker.h"

#include <algorithm>
#include <utility>

#include "overlay/base/log.h"
#include "overlay/loop/system_clock.h"

namespace relay {
namespace {

constexpr std::size_t kMailboxCapacity = 4096;
constexpr std::size_t kMaxMessagesPerRound = 256;  // of one sender, before sockets get their turn
// While this thread waits for its core, a flood fills the queue of a listener, and packets of clients are
// lost with it. This size holds 400 ms of 100,000 small packets a second.
constexpr std::size_t kListenerBufferBytes = 16 << 20;
constexpr overlay::Duration kWallClockInterval = std::chrono::seconds(1);
constexpr std::size_t kMaxLoggedName = 64;  // strangers choose users and realms

void log_refused_login(const RefusedLogin& refused) {
  overlay::log(overlay::Level::kInfo, "login_refused",
               {{"client", refused.client.to_string()},
                {"transport", to_string(refused.transport)},
                {"user", refused.username.substr(0, kMaxLoggedName)},
                {"realm", refused.realm.substr(0, kMaxLoggedName)},
                {"fault", to_string(refused.fault)},
                {"expired_s", refused.expired_for.count()},
                {"suppressed", refused.suppressed},
                {"remedy", remedy_of(refused.fault)}});
}

void log_suppressed_logins(const CountsByLoginFault& suppressed) {
  for (std::size_t i = 0; i < kLoginFaultCount; ++i)
    if (suppressed[i] > 0)
      overlay::log(overlay::Level::kInfo, "refused_logins_suppressed",
                   {{"fault", to_string(static_cast<LoginFault>(i))},
                    {"suppressed", suppressed[i]},
                    {"interval_s", overlay::to_s(RefusedLogins::kInterval)}});
}

}  // namespace

DataPlaneWorker::DataPlaneWorker(DataPlaneConfig config, StreamPolicy streams)
    : io_(loop_, config.relay_port_linger),
      pacer_(config.coalescing),
      overlay_ports_(config.overlay_listen),
      plane_(std::move(config), io_, random_, &peers_),
      handshakes_(streams.handshakes_per_second),
      streams_(loop_, *this, handshakes_, streams),
      dtls_(io_, *this, random_, handshakes_, streams) {
  io_.set_detour([this](const overlay::DatagramRoute& route, const overlay::PacketBuffer& buffer) {
    if (route.transport == overlay::Transport::kDtls)
      dtls_.send(route, buffer.bytes());
    else
      streams_.send(route, buffer.bytes());
  });
  plane_.observe_refusals([](const TurnServer::RefusedRequest& refused) {
    overlay::log(overlay::Level::kDebug, "request_refused",
                 {{"client", refused.client.client.to_string()},
                  {"method", to_string(refused.method)},
                  {"code", refused.code},
                  {"reason", refused.reason}});
  });
  plane_.observe_refused_logins(log_refused_login, log_suppressed_logins);
  plane_.set_close_client([this](const FiveTuple& client) {
    if (client.transport == overlay::Transport::kDtls)
      dtls_.close_client(client);
    else
      streams_.close_client(client);
  });
  io_.set_sink(
      [this](const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer, overlay::Instant now) {
        if (dtls_.takes(meta, std::as_const(buffer).bytes())) [[unlikely]]
          return dtls_.on_datagram(meta, buffer, now);
        plane_.on_datagram(meta, buffer, now);
      });
  io_.set_error_sink(
      [this](const overlay::IcmpError& error) { plane_.on_icmp_error(error, overlay::system_now()); });
  join_data_connections();
  loop_.on_wakeup([this] { take_messages(); });
  loop_.on_timer([this] { on_timer(); });
  loop_.on_round([this] { end_round(); });
}

DataPlaneWorker::~DataPlaneWorker() {
  stop();
}

overlay::Status DataPlaneWorker::open_listener(const overlay::Endpoint& local, bool is_shared) {
  return io_.open_port(local,
                       {.is_shared = is_shared, .buffer_bytes = kListenerBufferBytes, .may_be_absent = true});
}

overlay::Status DataPlaneWorker::open_stream_listener(const StreamListenerConfig& config, bool is_shared) {
  return streams_.open_listener(config, is_shared);
}

void DataPlaneWorker::on_client_message(const overlay::DatagramMeta& meta, overlay::PacketBuffer& buffer) {
  plane_.on_datagram(meta, buffer, overlay::system_now());
}

void DataPlaneWorker::on_client_closed(const FiveTuple& client) {
  plane_.on_client_closed(client, overlay::system_now());
}

// ---- TCP allocations ----

void DataPlaneWorker::join_data_connections() {
  streams_.set_data_connections(
      {.find_holder = [this](const FiveTuple& client,
                             overlay::Bytes message) { return plane_.find_holder(client, message); },
       .hand_over =
           [this](std::size_t core, std::unique_ptr<ClientStream> stream) {
             AdoptStream message{std::make_shared<HandedStream>(HandedStream{std::move(stream)})};
             if (!data_planes_[core]->send(std::move(message))) ++unsent_messages_;
           },
       .join = [this](std::unique_ptr<ClientStream> stream) { peers_.join(std::move(stream)); }});
}

void DataPlaneWorker::adopt(AdoptStream& message) {
  streams_.adopt(std::move(message.stream->stream));
}

void DataPlaneWorker::on_peer_connected(ConnectionId id) {
  plane_.on_peer_connected(id, overlay::system_now());
}

void DataPlaneWorker::on_peer_failed(ConnectionId id) {
  plane_.on_peer_failed(id, overlay::system_now());
}

std::optional<ConnectionId> DataPlaneWorker::on_peer_attempt(const overlay::Endpoint& relayed,
                                                             const overlay::Endpoint& peer) {
  return plane_.on_peer_attempt(relayed, peer, overlay::system_now());
}

overlay::Status DataPlaneWorker::steer_relay_ports(overlay::PortSteering& steering) {
  return io_.steer(steering, static_cast<std::uint32_t>(plane_.core()));
}

void DataPlaneWorker::use_fast_path(XdpRelay& relay, std::size_t planes) {
  flows_.emplace(relay, static_cast<std::uint32_t>(plane_.core()), static_cast<std::uint32_t>(planes));
  plane_.set_fast_path(*flows_);
  xdp_ = &relay;
}

Mailbox<ToDataPlane>& DataPlaneWorker::add_inbox() {
  return inboxes_.emplace_back(kMailboxCapacity, loop_.wakeup());
}

void DataPlaneWorker::connect(Mailbox<ToControlPlane>& control,
                              std::vector<Mailbox<ToDataPlane>*> data_planes) {
  control_ = &control;
  data_planes_ = std::move(data_planes);
}

void DataPlaneWorker::start() {
  CHECK(control_ != nullptr);
  thread_ = std::jthread([this] {
    overlay::make_timers_exact();
    on_timer();
    end_round();
    loop_.run();
  });
}

void DataPlaneWorker::stop() {
  loop_.stop();
  if (thread_.joinable()) thread_.join();
}

void DataPlaneWorker::change_listeners(const ListenerChange& change) {
  const bool is_shared = data_planes_.size() > 1;
  const auto report = [this](const overlay::Status& opened) {
    if (opened) return;
    overlay::log(overlay::Level::kError, "listener_failed", {{"reason", opened.error().message}});
    failures_.push_back(opened.error().message + "; remove it, reload, and add it again");
  };
  for (const overlay::Endpoint& local : change.open_udp)
    report(open_listener(local, is_shared));
  for (const overlay::Endpoint& local : change.take_dtls)
    take_dtls(local, *change.tls);
  for (const overlay::Endpoint& local : change.close_streams)
    streams_.close_listener(local);
  for (const StreamListenerConfig& listener : change.open_streams)
    report(open_stream_listener(listener, is_shared));
}

std::vector<UsageRecord> DataPlaneWorker::last_usage() {
  return plane_.last_usage(overlay::system_now());
}

void DataPlaneWorker::take_messages() {
  for (Mailbox<ToDataPlane>& inbox : inboxes_) {
    std::size_t taken = 0;
    while (taken < kMaxMessagesPerRound) {
      auto message = inbox.receive();
      if (!message) break;
      ++taken;
      io_.flush_if_full();
      if (std::holds_alternative<ReconfigureTurn>(*message) || std::holds_alternative<DrainTurn>(*message)) {
        apply_change(*std::move(message));
        continue;
      }
      if (auto* const handed = std::get_if<AdoptStream>(&*message)) adopt(*handed);
      if (const auto* const closed = std::get_if<CloseListener>(&*message))
        dtls_.stop_listening(closed->listener);
      plane_.on_message(*std::move(message), overlay::system_now());
    }
    if (taken == kMaxMessagesPerRound) loop_.wakeup().notify();
  }
}

void DataPlaneWorker::apply_change(ToDataPlane&& message) {
  failures_.clear();
  if (const auto* const turn = std::get_if<ReconfigureTurn>(&message); turn && turn->sockets)
    change_listeners(*turn->sockets);
  plane_.on_message(std::move(message), overlay::system_now());
  hand_on();
}

void DataPlaneWorker::on_timer() {
  const overlay::Instant now = overlay::system_now();
  if (now >= next_wall_clock_) {
    plane_.set_wall_clock(overlay::system_wall_clock());
    next_wall_clock_ = now + kWallClockInterval;
  }
  if (now >= plane_.next_timeout()) {
    plane_.set_overlay_unread(!read_overlay_ports());
    plane_.on_timer(now);
  }
  streams_.on_timer(now);
  peers_.on_timer(now);
  dtls_.on_timer(now);
}

bool DataPlaneWorker::read_overlay_ports() {
  return std::ranges::count_if(overlay_ports_,
                               [this](const overlay::Endpoint& local) { return !io_.read_now(local); }) == 0;
}

void DataPlaneWorker::end_round() {
  handshakes_.serve(overlay::system_now());
  hand_on();
  streams_.flush();
  peers_.flush();
  io_.flush();
  plane_.set_behind(io_.take_backlog());
  loop_.arm_timer(std::min({plane_.next_timeout(), next_wall_clock_, streams_.next_timeout(),
                            peers_.next_timeout(), dtls_.next_timeout(), handshakes_.next_timeout()}));
  rest();
}

void DataPlaneWorker::rest() {
  const overlay::Instant now = overlay::system_now();
  if (tick_.end_round(now)) overlay::TickKeeper::leave_callback();
  const overlay::Instant until = pacer_.rest_until(now, io_.counters().received);
  if (until > now) rest_.rest_until(until, until + pacer_.interval());
  pacer_.awake(std::max(now, until));
}

BackEndCounters::Named DataPlaneWorker::packet_io() const {
  BackEndCounters counters;
  counters.add(io_.counters(), unsent_messages_);
  counters.add(streams_.counters(), {.open = streams_.open_connections(), .admitted = streams_.admitted()});
  counters.add(peers_.counters(), peers_.open_connections());
  counters.add(dtls_.counters(), dtls_.open_associations());
  counters.add(handshakes_.counters(), handshakes_.size());
  if (flows_) counters.add(*flows_);
  if (xdp_ != nullptr) counters.add(xdp_->losses(), plane_.core() == 0);
  return std::move(counters).take();
}

void DataPlaneWorker::hand_on() {
  while (auto message = plane_.poll_message()) {
    if (auto* const report = std::get_if<DataPlaneReport>(&*message)) {
      report->failures = failures_;
      report->packet_io = packet_io();
    }
    if (!control_->send(std::move(*message))) ++unsent_messages_;
  }
  while (auto handoff = plane_.poll_handoff())
    if (!data_planes_[handoff->core]->send(std::move(handoff->message))) ++unsent_messages_;
}

}  // namespace relay
