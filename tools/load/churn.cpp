#include "tools/load/churn.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <sys/socket.h>

#include "overlay/base/wire.h"
#include "overlay/io/socket_address.h"
#include "overlay/loop/system_clock.h"

namespace load {
namespace {

using namespace std::chrono_literals;
using overlay::Duration;
using overlay::Instant;

constexpr Duration kInFlight = 500ms;
constexpr Duration kShutdown = 3s;
// A server that still has the allocation answers 437 to a new client on its port.
constexpr Duration kForgotten = 2min;
constexpr int kReceiveBatch = 64;
constexpr std::size_t kMaxDatagram = 2048;

[[nodiscard]] Duration seconds(double count) {
  return Duration(static_cast<std::int64_t>(1e9 * count));
}

}  // namespace

overlay::Result<std::unique_ptr<Churn>> Churn::make(const ChurnOptions& options) {
  std::unique_ptr<Churn> churn(new Churn(options));
  if (options.use == Use::kAllocateOnly) return churn;
  if (!options.local) return overlay::failure("clients with media need a local address for their peer");
  auto echo = overlay::UdpSocket::open({*options.local, 0}, {.buffer_bytes = 4 << 20});
  if (!echo) return overlay::Unexpected(echo.error());
  churn->echo_.emplace(*std::move(echo));
  if (const auto watched = churn->sockets_.watch_other(churn->echo_->fd()); !watched)
    return overlay::Unexpected(watched.error());
  return churn;
}

Churn::Churn(const ChurnOptions& options)
    : options_(options), sockets_(options.server, options.local), clients_(options.allocations) {
  sockets_.open_ahead(options.sockets_ahead);
  // RFC 8656 section 12.4: the header of ChannelData. The payload is zeros.
  packet_.resize(call::TurnClient::kChannelHeader + options.packet_size);
  overlay::store_be<std::uint16_t>(packet_.data(), call::TurnClient::kChannel);
  overlay::store_be<std::uint16_t>(packet_.data() + 2, static_cast<std::uint16_t>(options.packet_size));
}

void Churn::run_once() {
  const Instant began = overlay::system_now();
  const Duration longest = options_.never_sleeps ? 0s : std::max<Duration>(next_look_ - began, 0s);
  sockets_.wait(longest, [&](std::size_t socket) {
    if (socket == ClientSockets::kOther)
      answer_as_peer();
    else
      receive(socket, overlay::system_now());
  });
  flush();
  const Instant now = overlay::system_now();
  if (now < next_look_) return;
  next_look_ = now + options_.look_every;
  look(now);
  flush();
}

void Churn::look(Instant now) {
  if (!is_stopping()) start_clients(now);
  for (std::size_t slot = 0; slot < clients_.size(); ++slot) {
    if (!clients_[slot]) continue;
    clients_[slot]->turn.handle_timeout(now);
    advance(slot, now);
  }
}

void Churn::stop() {
  const Instant now = overlay::system_now();
  quiet_at_ = now + kShutdown;
  for (auto& client : clients_) {
    if (!client) continue;
    client->next_packet = overlay::kNever;
    client->ends_at = std::min(client->ends_at, now + kInFlight);
  }
}

bool Churn::is_quiet() const {
  const auto is_empty = [](const auto& client) { return !client.has_value(); };
  return overlay::system_now() >= quiet_at_ || std::all_of(clients_.begin(), clients_.end(), is_empty);
}

void Churn::start_clients(Instant now) {
  if (next_start_ < now - 1s) next_start_ = now;  // at the beginning, or after the host was stalled
  for (std::size_t slot = 0; slot < clients_.size() && next_start_ <= now; ++slot) {
    if (clients_[slot]) continue;
    if (options_.start_every) next_start_ += *options_.start_every;
    start_client(slot, now);
  }
}

void Churn::start_client(std::size_t slot, Instant now) {
  const auto socket = sockets_.take(slot, now);
  if (!socket) return count_failure(socket.error().message);
  Client& client = clients_[slot].emplace(
      Client{.socket = *socket, .turn = call::TurnClient(options_.credentials), .began = now});
  if (options_.is_bare)
    begin_media(client, now);
  else
    client.turn.allocate(now);
  client.is_waiting = true;
  waiting_.push_back(slot);
}

// Discards datagrams for a client that no longer uses the socket.
void Churn::receive(std::size_t socket, Instant now) {
  const auto slot = sockets_.owner(socket);
  receiver_.receive(sockets_.fd(socket), [&](overlay::Bytes datagram, std::int64_t) {
    if (!slot) return;
    if (options_.use == Use::kMedia && call::parse_media(datagram))
      ++counts_.received;
    else
      clients_[*slot]->turn.receive(datagram, now);
  });
  if (slot) advance(*slot, now);
}

void Churn::answer_as_peer() {
  std::array<std::uint8_t, kMaxDatagram> buffer;
  for (int i = 0; i < kReceiveBatch; ++i) {
    overlay::SocketAddress source{};
    socklen_t length = sizeof(source);
    const auto got =
        ::recvfrom(echo_->fd(), buffer.data(), buffer.size(), MSG_DONTWAIT, &source.any, &length);
    if (got < 0) return;
    ::sendto(echo_->fd(), buffer.data(), static_cast<std::size_t>(got), MSG_DONTWAIT, &source.any, length);
  }
}

// Moves one client to its next state.
void Churn::advance(std::size_t slot, Instant now) {
  Client& client = *clients_[slot];
  if (options_.is_bare && client.ends_at <= now) return end(slot, options_.port_rest, now);
  if (client.turn.failure()) {
    count_failure(*client.turn.failure());
    return end(slot, kForgotten, now);
  }
  if (client.turn.is_closed()) {
    ++counts_.released;
    durations_.record(now - client.began);
    return end(slot, options_.port_rest, now);
  }
  get_ready(client, now);
  if (client.next_packet <= now) send_packet(client, now);
  if (client.ends_at <= now && !client.turn.is_closing()) {
    if (!is_stopping() && random_.unit() < options_.vanishing) {
      ++counts_.vanished;
      return end(slot, kForgotten, now);
    }
    client.turn.close(now);
  }
  if (!std::exchange(client.is_waiting, true)) waiting_.push_back(slot);
}

void Churn::get_ready(Client& client, Instant now) {
  if (client.is_ready || client.turn.is_closing() || !client.turn.relayed()) return;
  if (options_.use == Use::kAllocateOnly) {
    client.is_ready = true;
    ++counts_.live;
    ++counts_.allocated;
    client.ends_at = now;
    return;
  }
  if (!client.has_peer) {
    client.has_peer = true;
    client.turn.set_peer(echo_->local(), now);
    ++counts_.allocated;
  }
  if (client.turn.is_peer_ready()) begin_media(client, now);
}

void Churn::begin_media(Client& client, Instant now) {
  client.is_ready = true;
  ++counts_.live;
  if (const auto life = random_life()) {
    client.ends_at = now + *life;
    client.last_packet = client.ends_at - kInFlight;
  }
  if (options_.packets_per_second > 0)
    client.next_packet = now + seconds(random_.unit() / options_.packets_per_second);
}

void Churn::send_packet(Client& client, Instant now) {
  client.next_packet += seconds(1 / options_.packets_per_second);
  if (client.next_packet > client.last_packet) client.next_packet = overlay::kNever;
  if (now > client.last_packet) return;
  if (::send(sockets_.fd(client.socket), packet_.data(), packet_.size(), MSG_DONTWAIT) >= 0) ++counts_.sent;
}

// Sends the datagrams of all clients in one go, as independent clients do: otherwise this program, not the
// server, would limit the rate.
void Churn::flush() {
  for (const std::size_t slot : waiting_) {
    auto& client = clients_[slot];
    if (!client) continue;
    client->is_waiting = false;
    for (const auto& datagram : client->turn.take_outgoing())
      (void)::send(sockets_.fd(client->socket), datagram.data(), datagram.size(), MSG_DONTWAIT);
  }
  waiting_.clear();
}

void Churn::count_failure(const std::string& message) {
  ++counts_.failed;
  ++counts_.failures[message];
}

// Without a start interval the slot's next client starts at once.
void Churn::end(std::size_t slot, Duration port_rests, Instant now) {
  counts_.live -= clients_[slot]->is_ready;
  sockets_.release(clients_[slot]->socket, now + port_rests);
  clients_[slot].reset();
  if (!options_.start_every && !is_stopping()) start_client(slot, now);
}

std::optional<Duration> Churn::random_life() {
  if (!options_.mean_life) return std::nullopt;
  // Exponential, as independent departures are, and at most ten times the mean.
  const double share = std::min(-std::log(1.0 - random_.unit()), 10.0);
  return kInFlight +
         Duration(static_cast<std::int64_t>(static_cast<double>(options_.mean_life->count()) * share));
}

}  // namespace load
