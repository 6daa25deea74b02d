// What the kernel keeps of ICMP errors for a socket that asked for them (IP_RECVERR, ip(7)).
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "overlay/base/packet_io.h"
#include "overlay/io/udp_socket.h"

namespace overlay {

class ErrorQueue {
 public:
  // What one turn tells of a port, so that a flood of errors does not starve the others.
  static constexpr std::size_t kMaxPerTurn = 16;

  // Calls tell(const IcmpError&) for each error of the socket's that is due.
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
    std::optional<IcmpError> error;  // none: an error of this machine's own
  };
  [[nodiscard]] static Taken take(const UdpSocket& socket);
};

}  // namespace overlay
