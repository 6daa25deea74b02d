// The ICMP errors that come to an address, for ports whose own sockets are not told of them: where datagrams
// are steered (port_steering.h), so are the kernel's reports. Needs CAP_NET_RAW.
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
  // What one turn tells, so that a flood of errors does not starve the others.
  static constexpr std::size_t kMaxPerTurn = 16;

  // The message of a failure says what is missing.
  [[nodiscard]] static Result<IcmpSocket> open(const IpAddress& local);

  [[nodiscard]] int fd() const { return fd_.get(); }

  // Calls tell(const IcmpError&) for each error about a datagram that left the address: anybody may send
  // them, and about any port.
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
