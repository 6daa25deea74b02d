// ICMP errors in the error queue of a socket (IP_RECVERR, ip(7)).
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "overlay/base/packet_io.h"
#include "overlay/io/udp_socket.h"

namespace overlay {

class ErrorQueue {
 public:
  // Errors that one turn reports for a port, so that a flood of errors does not starve other ports.
  static constexpr std::size_t kMaxPerTurn = 16;

  // Calls tell(const IcmpError&) for each pending error of the socket.
  template <typename Tell>
  static void drain(const UdpSocket& socket, Tell tell) {
    for (std::size_t i = 0; i < kMaxPerTurn && socket.is_open(); ++i) {
      const Taken taken = take(socket);
      if (taken.is_empty) return;
      if (taken.error) tell(*taken.error);
    }
  }

 private:
  struct Taken {
    bool is_empty = false;
    std::optional<IcmpError> error;  // nullopt: an error of this host, not of the network
  };
  [[nodiscard]] static Taken take(const UdpSocket& socket);
};

}  // namespace overlay
