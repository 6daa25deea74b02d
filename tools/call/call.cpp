#include "tools/call/call.h"

#include <algorithm>
#include <array>
#include <iostream>

#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "overlay/base/wire.h"
#include "overlay/io/socket_address.h"
#include "overlay/loop/system_clock.h"

namespace call {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using overlay::Bytes;
using overlay::Duration;
using overlay::Endpoint;
using overlay::Instant;
using overlay::system_now;

constexpr std::size_t kMaxDatagram = 2048;
constexpr std::size_t kMaxInput = 65'536;
constexpr int kReceiveBatch = 256;

[[nodiscard]] std::int64_t to_ns(Instant at) {
  return at.time_since_epoch().count();
}

[[nodiscard]] Instant from_ns(const json& ns) {
  return Instant(Duration(ns.get<std::int64_t>()));
}

void print(json event) {
  event["at_ns"] = to_ns(system_now());
  std::cout << event.dump() << std::endl;
}

[[nodiscard]] json to_json(const ReceptionReport& report) {
  return {{"received", report.received},
          {"lost", report.lost},
          {"duplicates", report.duplicates},
          {"reordered", report.reordered},
          {"longest_gap_ms", overlay::to_ms(report.longest_gap)},
          {"gap_began_ns", to_ns(report.gap_began)},
          {"latency_ms",
           {{"p50", overlay::to_ms(report.latency_p50)},
            {"p95", overlay::to_ms(report.latency_p95)},
            {"p99", overlay::to_ms(report.latency_p99)},
            {"max", overlay::to_ms(report.latency_max)}}}};
}

// RFC 8656 section 12.4.
void write_channel_header(std::uint8_t* out, std::size_t payload) {
  overlay::store_be<std::uint16_t>(out, TurnClient::kChannel);
  overlay::store_be<std::uint16_t>(out + 2, static_cast<std::uint16_t>(payload));
}

}  // namespace

Call::Call(const CallOptions& options, overlay::UdpSocket socket)
    : options_(options), socket_(std::move(socket)), receivers_(std::size(kStreamShapes)) {
  if (options_.server) turn_.emplace(options_.credentials);
}

overlay::Status Call::run() {
  if (turn_) turn_->allocate(system_now());
  flush_turn();
  while (!is_done()) {
    announce();
    wait();
    receive_all();
    const Instant now = system_now();
    if (turn_) turn_->handle_timeout(now);
    send_media(now);
    flush_turn();
    if (turn_ && turn_->failure() && !is_stopping_) return overlay::failure(*turn_->failure());
  }
  print({{"event", "stopped"}});
  return overlay::ok();
}

bool Call::is_done() const {
  return is_stopping_ && (!turn_ || turn_->is_closed());
}

// Sleeps until a datagram, a command or the next timeout.
void Call::wait() {
  Instant due = turn_ ? turn_->next_timeout() : overlay::kNever;
  for (const auto& sender : senders_)
    due = std::min(due, sender.next_due());
  const Duration left =
      due == overlay::kNever ? Duration(1s) : std::clamp<Duration>(due - system_now(), 0s, 1s);
  const timespec timeout{.tv_sec = left / 1s, .tv_nsec = (left % 1s).count()};
  std::array<pollfd, 2> watched{{{.fd = socket_.fd(), .events = POLLIN, .revents = 0},
                                 {.fd = is_stopping_ ? -1 : STDIN_FILENO, .events = POLLIN, .revents = 0}}};
  if (::ppoll(watched.data(), watched.size(), &timeout, nullptr) > 0 && watched[1].revents != 0)
    read_commands();
}

void Call::receive_all() {
  std::array<std::uint8_t, kMaxDatagram> buffer;
  for (int i = 0; i < kReceiveBatch; ++i) {
    overlay::SocketAddress source{};
    socklen_t length = sizeof(source);
    const auto got =
        ::recvfrom(socket_.fd(), buffer.data(), buffer.size(), MSG_DONTWAIT, &source.any, &length);
    if (got < 0) return;
    receive_one({buffer.data(), static_cast<std::size_t>(got)}, overlay::to_endpoint(source), system_now());
  }
}

void Call::receive_one(Bytes datagram, const Endpoint& source, Instant now) {
  std::optional<Bytes> media = datagram;
  if (turn_) {
    if (source != options_.server) return;
    media = parse_media(datagram);
    if (!media) return turn_->receive(datagram, now);
  }
  const auto packet = MediaPacket::parse(*media);
  if (packet && packet->stream < receivers_.size()) receivers_[packet->stream].record(*packet, now);
}

// The end of standard input stops the call.
void Call::read_commands() {
  std::array<char, 4096> buffer;
  const auto got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
  if (got <= 0) return obey(json{{"stop", true}});
  input_.append(buffer.data(), static_cast<std::size_t>(got));
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = input_.find('\n', begin)) != std::string::npos; begin = end + 1)
    obey(std::string_view(input_).substr(begin, end - begin));
  input_.erase(0, begin);
  if (input_.size() > kMaxInput) obey(json{{"stop", true}});
}

void Call::obey(std::string_view line) {
  try {
    obey(json::parse(line));
  } catch (const json::exception& exception) {
    print({{"event", "refused"}, {"message", std::string("not a command: ") + exception.what()}});
  }
}

void Call::obey(const json& command) {
  if (command.contains("peer")) {
    const auto peer = Endpoint::parse(command.at("peer").get<std::string>());
    if (!peer) return print({{"event", "refused"}, {"message", peer.error().message}});
    peer_ = *peer;
    is_peer_told_ = false;
    if (turn_) turn_->set_peer(*peer_, system_now());
  } else if (command.contains("start")) {
    start(command);
  } else if (command.contains("report")) {
    report(command.at("report"));
  } else if (command.contains("stop")) {
    is_stopping_ = true;
    senders_.clear();
    if (turn_) turn_->close(system_now());
  } else {
    print({{"event", "refused"}, {"message", "a command is peer, start, report or stop"}});
  }
}

void Call::start(const json& command) {
  if (!peer_)
    return print({{"event", "refused"}, {"message", "give the peer first: {\"peer\":\"HOST:PORT\"}"}});
  const auto wanted = command.value("streams", std::vector<std::string>{"audio", "video"});
  const Instant now = system_now();
  senders_.clear();
  for (std::uint32_t stream = 0; stream < std::size(kStreamShapes); ++stream)
    if (std::find(wanted.begin(), wanted.end(), kStreamShapes[stream].name) != wanted.end())
      senders_.emplace_back(stream, kStreamShapes[stream], now);
  print({{"event", "started"}, {"streams", senders_.size()}});
}

void Call::report(const json& window) const {
  const Instant from = from_ns(window.at("from_ns"));
  const Instant to = from_ns(window.at("to_ns"));
  json streams = json::object();
  for (std::size_t i = 0; i < receivers_.size(); ++i)
    streams[std::string(kStreamShapes[i].name)] = to_json(receivers_[i].report(from, to));
  for (const auto& sender : senders_)
    streams[std::string(sender.shape().name)]["sent"] = sender.sent_within(from, to);
  print({{"event", "report"}, {"from_ns", to_ns(from)}, {"to_ns", to_ns(to)}, {"streams", streams}});
}

// Prints an event for each new state.
void Call::announce() {
  if (!is_allocation_told_ && (!turn_ || turn_->relayed())) {
    is_allocation_told_ = true;
    json event{{"event", turn_ ? "allocated" : "ready"}};
    event["address"] = (turn_ ? *turn_->relayed() : socket_.local()).to_string();
    if (turn_ && turn_->mapped()) event["mapped"] = turn_->mapped()->to_string();
    print(std::move(event));
  }
  if (!is_peer_told_ && peer_ && (!turn_ || turn_->is_peer_ready())) {
    is_peer_told_ = true;
    print({{"event", "peer_ready"}, {"peer", peer_->to_string()}});
  }
}

void Call::send_media(Instant now) {
  if (turn_ && !turn_->is_peer_ready()) return;
  std::array<std::uint8_t, kMaxDatagram> buffer{};
  const std::size_t header = turn_ ? TurnClient::kChannelHeader : 0;
  for (auto& sender : senders_)
    while (const auto packet = sender.next_packet(now)) {
      const std::size_t size = sender.shape().packet_size;
      if (turn_) write_channel_header(buffer.data(), size);
      packet->write({buffer.data() + header, size});
      send_to(turn_ ? *options_.server : *peer_, {buffer.data(), header + size});
    }
}

void Call::flush_turn() {
  if (!turn_) return;
  for (const auto& datagram : turn_->take_outgoing())
    send_to(*options_.server, datagram);
}

// A datagram that the kernel rejects is lost.
void Call::send_to(const Endpoint& destination, Bytes bytes) const {
  overlay::SocketAddress address{};
  const socklen_t length = overlay::to_socket_address(destination, address);
  (void)::sendto(socket_.fd(), bytes.data(), bytes.size(), MSG_DONTWAIT, &address.any, length);
}

}  // namespace call
