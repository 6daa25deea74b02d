#include "relay/turn/relayed_ports.h"

#include <algorithm>

#include "overlay/base/check.h"

namespace relay {

RelayedPorts::RelayedPorts(RelayedPortsConfig config, overlay::PacketIo& io, overlay::Random& random)
    : io_(io), random_(random) {
  set_range(config);
}

void RelayedPorts::set_range(const RelayedPortsConfig& config) {
  CHECK(config.stride > 0 && config.offset < config.stride);
  config_ = config;
}

RelayedPorts::~RelayedPorts() {
  for (const auto& [token, reservation] : reservations_by_token_)
    io_.close_port(reservation.relayed);
}

std::optional<std::uint16_t> RelayedPorts::draw(bool is_even) {
  const std::uint64_t range = config_.max - config_.min + std::uint64_t{1};
  const auto drawn = static_cast<std::uint32_t>(config_.min + random_.below(range));
  const std::uint32_t pair = drawn / 2 - drawn / 2 % config_.stride + config_.offset;
  const std::uint32_t port = 2 * pair + (is_even ? 0 : drawn % 2);
  if (port < config_.min || port > config_.max) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

std::optional<overlay::Endpoint> RelayedPorts::open(const overlay::IpAddress& address, bool is_even) {
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const auto port = draw(is_even);
    if (port && io_.open_port({address, *port})) return overlay::Endpoint{address, *port};
  }
  return std::nullopt;
}

ReservationToken RelayedPorts::draw_token() {
  ReservationToken token = 0;
  while (token == 0 || reservations_by_token_.contains(token)) {
    const std::uint64_t whole = random_.u64() / config_.stride;
    token = (whole > 0 ? whole - 1 : 0) * config_.stride + config_.offset;
  }
  return token;
}

std::optional<overlay::Endpoint> RelayedPorts::open_shared(const overlay::IpAddress& address) {
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const auto port = draw(true);
    if (port && io_.open_busy_port({address, *port})) return overlay::Endpoint{address, *port};
  }
  return std::nullopt;
}

bool RelayedPorts::may_reserve(std::string_view user) const {
  const auto of_user = std::ranges::count_if(reservations_by_token_,
                                             [&](const auto& entry) { return entry.second.user == user; });
  return reservations_by_token_.size() < kMaxReservations &&
         static_cast<std::size_t>(of_user) < kMaxReservationsPerUser;
}

std::optional<RelayedPorts::Opened> RelayedPorts::open_pair(const overlay::IpAddress& address,
                                                            std::string_view user, overlay::Instant now) {
  if (!may_reserve(user)) return std::nullopt;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const auto port = draw(true);
    if (!port || *port == config_.max) continue;
    const overlay::Endpoint relayed{address, *port};
    const overlay::Endpoint next{address, static_cast<std::uint16_t>(*port + 1)};
    if (!io_.open_port(relayed)) continue;
    if (io_.open_port(next)) {
      const ReservationToken token = draw_token();
      reservations_by_token_[token] = {
          .relayed = next, .user = std::string(user), .expires_at = now + kReservationLifetime};
      return Opened{.relayed = relayed, .token = token};
    }
    io_.close_port(relayed);
  }
  return std::nullopt;
}

std::optional<overlay::Endpoint> RelayedPorts::claim(ReservationToken token, std::string_view user,
                                                     overlay::Instant now) {
  const auto found = reservations_by_token_.find(token);
  if (found == reservations_by_token_.end()) return std::nullopt;
  if (now >= found->second.expires_at || found->second.user != user) return std::nullopt;
  const overlay::Endpoint relayed = found->second.relayed;
  reservations_by_token_.erase(found);
  return relayed;
}

void RelayedPorts::on_timer(overlay::Instant now) {
  std::erase_if(reservations_by_token_, [&](const auto& entry) {
    const bool expired = now >= entry.second.expires_at;
    if (expired) io_.close_port(entry.second.relayed);
    return expired;
  });
}

overlay::Instant RelayedPorts::next_timeout() const {
  overlay::Instant next = overlay::kNever;
  for (const auto& [token, reservation] : reservations_by_token_)
    next = std::min(next, reservation.expires_at);
  return next;
}

}  // namespace relay
