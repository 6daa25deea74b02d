// A bound, non-blocking UDP socket of one address family that reports the traffic class of what it receives
// and, when it is bound to the unspecified address, the address that each datagram was sent to.
#pragma once

#include <cstddef>

#include "overlay/base/endpoint.h"
#include "overlay/base/result.h"
#include "overlay/loop/file_descriptor.h"

namespace overlay {

struct UdpSocketOptions {
  // Several sockets, one for each thread, share the port; the kernel keeps a remote address on one of them.
  bool is_shared = false;
  // Asked of the kernel for each direction, which may grant less; 0 leaves its default.
  std::size_t buffer_bytes = 0;
  // Runs of datagrams of one flow may arrive as one message, which ReceiveBatch takes apart (UDP_GRO).
  bool takes_runs = false;
  // Keep ICMP errors for error_queue.h.
  bool reports_errors = false;
  // Gets datagrams to other ports as well (port_steering.h): say to which each was sent.
  bool is_steered_to = false;
  // Nobody reads from it: keep next to nothing of what it receives.
  bool only_sends = false;
};

class UdpSocket {
 public:
  // Port 0 takes any free one. The message of a failure says what to do.
  [[nodiscard]] static Result<UdpSocket> open(const Endpoint& local, const UdpSocketOptions& options = {});

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] bool is_open() const { return fd_.is_open(); }
  [[nodiscard]] const Endpoint& local() const { return local_; }
  // Bound to all addresses: sends have to name theirs.
  [[nodiscard]] bool is_wildcard() const { return is_wildcard_; }
  [[nodiscard]] bool reports_errors() const { return reports_errors_; }
  // Nothing waits to be read, no error to be told.
  [[nodiscard]] bool is_quiet() const;
  void close() { fd_.reset(); }

  // Of what is sent from now on.
  void set_dont_fragment(bool is_set) const;

 private:
  UdpSocket(FileDescriptor fd, const Endpoint& local);

  FileDescriptor fd_;
  Endpoint local_;
  bool is_wildcard_;
  bool reports_errors_ = false;
};

}  // namespace overlay
