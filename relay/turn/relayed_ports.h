// The relayed addresses of one data plane: which ports are opened for allocations, and which are kept for a
// RESERVATION-TOKEN (RFC 8656 section 7.2). A reservation is an owned port with a deadline: claimed once, by
// the user who made it, or closed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "overlay/base/keyed_hash.h"
#include "overlay/base/packet_io.h"
#include "overlay/base/random.h"
#include "overlay/base/time.h"

namespace relay {

struct RelayedPortsConfig {
  std::uint16_t min = 49152;
  std::uint16_t max = 65535;
  // Data planes share the range in pairs of ports, for EVEN-PORT: this one has those with port / 2 % stride
  // == offset.
  std::uint16_t stride = 1;
  std::uint16_t offset = 0;
};

// Random, so that a client cannot guess another client's token. Token modulo stride is the offset of the data
// plane that holds the port.
using ReservationToken = std::uint64_t;  // 0: none

class RelayedPorts {
 public:
  static constexpr overlay::Duration kReservationLifetime = std::chrono::seconds(30);
  static constexpr std::size_t kMaxReservations = 1024;
  static constexpr std::size_t kMaxReservationsPerUser = 64;

  RelayedPorts(RelayedPortsConfig config, overlay::PacketIo& io, overlay::Random& random);
  ~RelayedPorts();
  RelayedPorts(const RelayedPorts&) = delete;
  RelayedPorts& operator=(const RelayedPorts&) = delete;

  // Of ports that are opened from now on.
  void set_range(const RelayedPortsConfig& config);
  [[nodiscard]] bool is_in_range(std::uint16_t port) const {
    return port >= config_.min && port <= config_.max && port / 2 % config_.stride == config_.offset;
  }

  struct Opened {
    overlay::Endpoint relayed;
    ReservationToken token = 0;
  };
  // A random port, so that nobody can guess the next one. nullopt when every tried port was taken.
  [[nodiscard]] std::optional<overlay::Endpoint> open(const overlay::IpAddress& address, bool is_even);
  // An even port for many clients at once.
  [[nodiscard]] std::optional<overlay::Endpoint> open_shared(const overlay::IpAddress& address);
  // An even port, with the next higher one reserved for `user`.
  [[nodiscard]] std::optional<Opened> open_pair(const overlay::IpAddress& address, std::string_view user,
                                                overlay::Instant now);
  // The port behind a token; open, and now the caller's.
  [[nodiscard]] std::optional<overlay::Endpoint> claim(ReservationToken token, std::string_view user,
                                                       overlay::Instant now);
  // A port that `is_opened` opens elsewhere: of TCP, whose ports are not those of UDP.
  template <typename Open>
  [[nodiscard]] std::optional<overlay::Endpoint> open_elsewhere(const overlay::IpAddress& address,
                                                                Open is_opened) {
    for (int attempt = 0; attempt < kTries; ++attempt) {
      const auto port = draw(false);
      if (port && is_opened(overlay::Endpoint{address, *port})) return overlay::Endpoint{address, *port};
    }
    return std::nullopt;
  }
  void close(const overlay::Endpoint& relayed) { io_.close_port(relayed); }

  void on_timer(overlay::Instant now);
  [[nodiscard]] overlay::Instant next_timeout() const;

 private:
  static constexpr int kTries = 32;

  struct Reservation {
    overlay::Endpoint relayed;
    std::string user;
    overlay::Instant expires_at;
  };
  [[nodiscard]] std::optional<std::uint16_t> draw(bool is_even);
  [[nodiscard]] ReservationToken draw_token();
  [[nodiscard]] bool may_reserve(std::string_view user) const;

  RelayedPortsConfig config_;
  overlay::PacketIo& io_;
  overlay::Random& random_;
  std::unordered_map<ReservationToken, Reservation, overlay::KeyedHasher> reservations_by_token_;
};

}  // namespace relay
