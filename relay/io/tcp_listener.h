// A listening TCP socket, and what it accepts: non-blocking, small messages at once, dead peers noticed.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "overlay/base/endpoint.h"
#include "overlay/base/result.h"
#include "overlay/loop/file_descriptor.h"

namespace relay {

struct AcceptedSocket {
  overlay::FileDescriptor fd;
  overlay::Endpoint client;
  overlay::Endpoint local;
};

// Sets the options of every connection, accepted or opened.
void configure_stream(int fd);

struct TcpListenerOptions {
  // A socket of each thread has the port, the kernel spreads connections over them.
  bool is_shared = false;
  // [::] takes IPv4 as well.
  bool takes_both_families = false;
  // The host may get the address later. The socket is bound before, and accepts from then on (IP_FREEBIND).
  bool may_be_absent = false;
  // A client has asked for it: fails rather than use a descriptor of the reserve, and has no spare.
  bool is_of_client = false;
};

class TcpListener {
 public:
  // The message of a failure says what to do.
  [[nodiscard]] static overlay::Result<TcpListener> open(const overlay::Endpoint& local,
                                                         TcpListenerOptions options = {});

  // None when no connection waits, or none can be taken now.
  [[nodiscard]] std::optional<AcceptedSocket> accept();

  // The last connection could neither be taken nor refused, for want of descriptors or memory. It waits, and
  // would wake the loop for ever: look again later.
  [[nodiscard]] bool is_exhausted() const { return is_exhausted_; }

  // Connections closed for want of descriptors since the last call.
  [[nodiscard]] std::uint64_t take_refused() { return std::exchange(refused_, 0); }

  void close() { fd_.reset(); }
  [[nodiscard]] bool is_open() const { return fd_.is_open(); }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const overlay::Endpoint& local() const { return local_; }

 private:
  TcpListener(overlay::FileDescriptor fd, const overlay::Endpoint& local, bool has_spare)
      : fd_(std::move(fd)), local_(local), has_spare_(has_spare) {}
  // False when not even that is possible.
  [[nodiscard]] bool refuse_one();

  overlay::FileDescriptor fd_;
  overlay::FileDescriptor spare_;  // given up for a moment to refuse a client when no descriptor is left
  overlay::Endpoint local_;
  bool has_spare_;
  std::uint64_t refused_ = 0;
  bool is_exhausted_ = false;
};

}  // namespace relay
