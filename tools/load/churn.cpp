#include "tools/load/churn.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>

#include <sys/epoll.h>
#include <sys/socket.h>

#include "overlay/base/wire.h"
#include "overlay/io/socket_address.h"
#include "overlay/loop/system_clock.h"

namespace strain {
namespace {

using namespace std::chrono_literals;
using overlay::Instant;

constexpr std::uint32_t kEchoSlot = 0xFFFF'FFFF;
constexpr overlay::Duration kTick = 5ms;
constexpr overlay::Duration kStartEvery = 5ms;  // at most 200 new clients a second
constexpr overlay::Duration kInFlight = 500ms;
constexpr overlay::Duration kGoodbye = 3s;
constexpr overlay::Duration kAbandoned = 2min;  // a server that grants more answers 437 to some
constexpr int kReceiveBatch = 64;
constexpr std::size_t kMaxDatagram = 2048;

}  // namespace

overlay::Result<std::unique_ptr<Churn>> Churn::make(const ChurnOptions& options) {
  auto echo = overlay::UdpSocket::open({options.local, 0}, {.buffer_bytes = 4 << 20});
  if (!echo) return overlay::Unexpected(echo.error());
  overlay::FileDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  std::unique_ptr<Churn> churn(new Churn(options, *std::move(echo), std::move(epoll)));
  if (const auto watched = churn->watch(churn->echo_.fd(), kEchoSlot); !watched)
    return overlay::Unexpected(watched.error());
  return churn;
}

Churn::Churn(const ChurnOptions& options, overlay::UdpSocket echo, overlay::FileDescriptor epoll)
    : options_(options), echo_(std::move(echo)), epoll_(std::move(epoll)), clients_(options.allocations) {
  // RFC 8656 section 12.4: the header of ChannelData; the payload says nothing.
  packet_.resize(call::TurnClient::kChannelHeader + options.packet_size);
  overlay::store_be<std::uint16_t>(packet_.data(), call::TurnClient::kChannel);
  overlay::store_be<std::uint16_t>(packet_.data() + 2, static_cast<std::uint16_t>(options.packet_size));
}

overlay::Status Churn::watch(int fd, std::uint32_t slot) const {
  epoll_event event{.events = EPOLLIN, .data = {.u32 = slot}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return overlay::ok();
  return overlay::failure(std::string("epoll: ") + std::strerror(errno));
}

void Churn::run_once() {
  wait();
  const Instant now = overlay::system_now();
  while (!abandoned_.empty() && abandoned_.front().until <= now)
    abandoned_.pop_front();
  if (quiet_at_ == overlay::kNever) start_clients(now);
  for (std::size_t slot = 0; slot < clients_.size(); ++slot)
    if (clients_[slot]) advance(slot, now);
}

void Churn::stop() {
  const Instant now = overlay::system_now();
  quiet_at_ = now + kGoodbye;
  for (const auto& client : clients_) {
    if (!client) continue;
    client->next_packet = overlay::kNever;
    client->dies_at = std::min(client->dies_at, now + kInFlight);
  }
}

bool Churn::is_quiet() const {
  const auto is_empty = [](const auto& client) { return client == nullptr; };
  return overlay::system_now() >= quiet_at_ || std::all_of(clients_.begin(), clients_.end(), is_empty);
}

void Churn::start_clients(Instant now) {
  if (next_start_ < now - 1s) next_start_ = now;  // at the beginning, or after a pause of the machine
  for (std::size_t slot = 0; slot < clients_.size() && next_start_ <= now; ++slot) {
    if (clients_[slot]) continue;
    next_start_ += kStartEvery;
    if (const auto started = start_client(slot, now); !started) count_failure(started.error().message);
  }
}

overlay::Status Churn::start_client(std::size_t slot, Instant now) {
  auto socket = overlay::UdpSocket::open({options_.local, 0});
  if (!socket) return overlay::Unexpected(socket.error());
  overlay::SocketAddress server{};
  const socklen_t length = overlay::to_socket_address(options_.server, server);
  if (::connect(socket->fd(), &server.any, length) != 0)
    return overlay::failure(std::string("connect: ") + std::strerror(errno));
  if (const auto watched = watch(socket->fd(), static_cast<std::uint32_t>(slot)); !watched) return watched;
  clients_[slot] = std::make_unique<Client>(*std::move(socket), options_.credentials);
  if (options_.is_bare)
    begin(*clients_[slot], now);
  else
    clients_[slot]->turn.allocate(now);
  return overlay::ok();
}

void Churn::wait() {
  std::array<epoll_event, 256> events;
  const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                 static_cast<int>(kTick / 1ms));
  const Instant now = overlay::system_now();
  for (int i = 0; i < ready; ++i) {
    const std::uint32_t slot = events[static_cast<std::size_t>(i)].data.u32;
    if (slot == kEchoSlot)
      answer_as_peer();
    else if (clients_[slot])
      receive(slot, now);
  }
}

void Churn::receive(std::uint32_t slot, Instant now) {
  std::array<std::uint8_t, kMaxDatagram> buffer;
  for (int i = 0; i < kReceiveBatch; ++i) {
    const auto got = ::recv(clients_[slot]->socket.fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0) return;
    const overlay::Bytes datagram(buffer.data(), static_cast<std::size_t>(got));
    if (call::parse_media(datagram))
      ++counts_.received;
    else
      clients_[slot]->turn.receive(datagram, now);
  }
}

void Churn::answer_as_peer() {
  std::array<std::uint8_t, kMaxDatagram> buffer;
  for (int i = 0; i < kReceiveBatch; ++i) {
    overlay::SocketAddress source{};
    socklen_t length = sizeof(source);
    const auto got = ::recvfrom(echo_.fd(), buffer.data(), buffer.size(), MSG_DONTWAIT, &source.any, &length);
    if (got < 0) return;
    ::sendto(echo_.fd(), buffer.data(), static_cast<std::size_t>(got), MSG_DONTWAIT, &source.any, length);
  }
}

// What is due for one client.
void Churn::advance(std::size_t slot, Instant now) {
  Client& client = *clients_[slot];
  if (options_.is_bare && client.dies_at <= now) return end(slot);
  client.turn.handle_timeout(now);
  get_ready(client, now);
  if (client.next_packet <= now) send_packet(client, now);
  const bool says_goodbye = client.dies_at <= now && !client.is_closing;
  const bool vanishes = says_goodbye && quiet_at_ == overlay::kNever && random_.unit() < options_.vanishing;
  if (says_goodbye && !vanishes) {
    client.is_closing = true;
    client.turn.close(now);
  }
  for (const auto& datagram : client.turn.take_outgoing())
    ::send(client.socket.fd(), datagram.data(), datagram.size(), MSG_DONTWAIT);
  if (client.turn.failure() && !client.is_closing) {
    count_failure(*client.turn.failure());
    return abandon(slot, now);
  }
  counts_.vanished += vanishes;
  if (vanishes) return abandon(slot, now);
  counts_.released += client.turn.is_closed();
  if (client.turn.is_closed()) return end(slot);
  if (client.is_closing && client.turn.failure()) abandon(slot, now);  // its goodbye was not heard
}

void Churn::get_ready(Client& client, Instant now) {
  if (client.is_ready || client.is_closing || !client.turn.relayed()) return;
  if (!client.has_peer) {
    client.has_peer = true;
    client.turn.set_peer(echo_.local(), now);
    ++counts_.allocated;
  }
  if (client.turn.is_peer_ready()) begin(client, now);
}

void Churn::begin(Client& client, Instant now) {
  client.is_ready = true;
  ++counts_.live;
  const auto life = random_life();
  client.dies_at = life == 0s ? overlay::kNever : now + life;
  client.last_packet = life == 0s ? overlay::kNever : client.dies_at - kInFlight;
  if (options_.packets_per_second > 0)
    client.next_packet =
        now +
        overlay::Duration(static_cast<std::int64_t>(1e9 * random_.unit() / options_.packets_per_second));
}

void Churn::send_packet(Client& client, Instant now) {
  client.next_packet += overlay::Duration(static_cast<std::int64_t>(1e9 / options_.packets_per_second));
  if (client.next_packet > client.last_packet) client.next_packet = overlay::kNever;
  if (now > client.last_packet) return;
  if (::send(client.socket.fd(), packet_.data(), packet_.size(), MSG_DONTWAIT) >= 0) ++counts_.sent;
}

void Churn::count_failure(const std::string& message) {
  ++counts_.failed;
  ++counts_.failures[message];
}

void Churn::abandon(std::size_t slot, Instant now) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, clients_[slot]->socket.fd(), nullptr);
  abandoned_.push_back({std::move(clients_[slot]->socket), now + kAbandoned});
  end(slot);
}

void Churn::end(std::size_t slot) {
  counts_.live -= clients_[slot]->is_ready;
  clients_[slot].reset();
}

overlay::Duration Churn::random_life() {
  if (options_.mean_life == 0s) return 0s;
  // Exponential, as independent departures are; within ten times the mean.
  const double share = std::min(-std::log(1.0 - random_.unit()), 10.0);
  return kInFlight + overlay::Duration(
                         static_cast<std::int64_t>(static_cast<double>(options_.mean_life.count()) * share));
}

}  // namespace strain
