// ICMP errors for an address, for ports whose own sockets get no reports: the kernel steers its reports like
// datagrams (port_steering.h). Needs CAP_NET_RAW.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "overlay/base/packet_io.h"
#include "overlay/base/result.h"
#include "overlay/loop/file_descriptor.h"

namespace overlay {

class IcmpSocket {
 public:
  // Errors that one turn reports, so that a flood of errors does not starve other events.
  static constexpr std::size_t kMaxPerTurn = 16;

  // The message of a failure names the missing capability.
  [[nodiscard]] static Result<IcmpSocket> open(const IpAddress& local);

  [[nodiscard]] int fd() const { return fd_.get(); }

  // Calls tell(const IcmpError&) for each error about a datagram from the address. Anybody can send such
  // errors, about any port.
  template <typename Tell>
  void drain(Tell tell) {
    for (std::size_t i = 0; i < kMaxPerTurn; ++i) {
      const Taken taken = take();
      if (taken.is_empty) return;
      if (taken.error && taken.error->local.address == local_) tell(*taken.error);
    }
  }

 private:
  IcmpSocket(FileDescriptor fd, const IpAddress& local) : fd_(std::move(fd)), local_(local) {}

  struct Taken {
    bool is_empty = false;
    std::optional<IcmpError> error;
  };
  [[nodiscard]] Taken take();

  FileDescriptor fd_;
  IpAddress local_;
};

}  // namespace overlay
