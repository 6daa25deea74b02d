// A bound, non-blocking UDP socket of one address family. It reports the traffic class of each datagram, and
// the destination address if it is bound to the unspecified address.
#pragma once

#include <cstddef>

#include "overlay/base/endpoint.h"
#include "overlay/base/result.h"
#include "overlay/loop/file_descriptor.h"

namespace overlay {

struct UdpSocketOptions {
  // Several sockets, one for each thread, share the port (SO_REUSEPORT); the kernel keeps each remote address
  // on one of them.
  bool is_shared = false;
  // Requested buffer size for each direction; the kernel may grant less. 0 keeps the default.
  std::size_t buffer_bytes = 0;
  // Accepts runs of datagrams of one flow as one message (UDP_GRO); ReceiveBatch splits them.
  bool takes_runs = false;
  // Queues ICMP errors for error_queue.h.
  bool reports_errors = false;
  // Gets datagrams for other ports too (port_steering.h), and reports the destination of each.
  bool is_steered_to = false;
  // For sending only: the receive buffer is as small as possible.
  bool only_sends = false;
  // The host may get the address later. The socket is bound before, and receives from then on (IP_FREEBIND).
  bool may_be_absent = false;
};

class UdpSocket {
 public:
  // Port 0 selects a free port. The message of a failure says what to do.
  [[nodiscard]] static Result<UdpSocket> open(const Endpoint& local, const UdpSocketOptions& options = {});

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] bool is_open() const { return fd_.is_open(); }
  [[nodiscard]] const Endpoint& local() const { return local_; }
  // Bound to all addresses: each send must name its source address.
  [[nodiscard]] bool is_wildcard() const { return is_wildcard_; }
  [[nodiscard]] bool reports_errors() const { return reports_errors_; }
  // No datagram and no error is waiting.
  [[nodiscard]] bool is_quiet() const;
  void close() { fd_.reset(); }

  // Applies to all later sends.
  void set_dont_fragment(bool is_set) const;

 private:
  UdpSocket(FileDescriptor fd, const Endpoint& local);

  FileDescriptor fd_;
  Endpoint local_;
  bool is_wildcard_;
  bool reports_errors_ = false;
};

}  // namespace overlay
