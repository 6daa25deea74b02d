// Counters of one thread's sockets. Each received datagram and each datagram given to send() is in exactly
// one sum: received = delivered to the sink + oversized;  queued = sent + the send_ reasons.
#pragma once

#include <cstdint>

namespace overlay {

struct IoCounters {
  std::uint64_t received = 0;
  std::uint64_t oversized = 0;       // dropped: longer than PacketBuffer::kMaxDatagram
  std::uint64_t receive_errors = 0;  // failed calls; an ICMP error from the kernel counts as one

  std::uint64_t queued = 0;
  std::uint64_t sent = 0;
  std::uint64_t send_buffer_full = 0;  // EAGAIN, ENOBUFS, ENOMEM
  std::uint64_t send_refused = 0;      // ECONNREFUSED: an earlier datagram reached a closed port
  std::uint64_t send_unreachable = 0;  // no route, network or host down
  std::uint64_t send_too_long = 0;     // EMSGSIZE
  std::uint64_t send_denied = 0;       // EPERM, EACCES: a firewall rule or a broadcast address
  std::uint64_t send_other = 0;
  std::uint64_t send_no_port = 0;    // the route's source is not an open port
  std::uint64_t send_no_buffer = 0;  // too many buffers between two flushes
  std::uint64_t send_calls = 0;      // system calls that sending took
  std::uint64_t receive_calls = 0;
};

}  // namespace overlay
