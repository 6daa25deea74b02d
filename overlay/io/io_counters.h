// What one thread's sockets did. Every datagram that was read or handed to send() is in exactly one of these
// sums: received = delivered to the sink + oversized;  queued = sent + the send_ reasons.
#pragma once

#include <cstdint>

namespace overlay {

struct IoCounters {
  std::uint64_t received = 0;
  std::uint64_t oversized = 0;       // longer than PacketBuffer::kMaxDatagram: dropped
  std::uint64_t receive_errors = 0;  // calls that failed; an ICMP error that the kernel passed on is one

  std::uint64_t queued = 0;
  std::uint64_t sent = 0;
  std::uint64_t send_buffer_full = 0;  // EAGAIN, ENOBUFS, ENOMEM
  std::uint64_t send_refused = 0;      // ECONNREFUSED: an earlier datagram met a closed port
  std::uint64_t send_unreachable = 0;  // no route, network or host down
  std::uint64_t send_too_long = 0;     // EMSGSIZE
  std::uint64_t send_denied = 0;       // EPERM, EACCES: a firewall rule or a broadcast address
  std::uint64_t send_other = 0;
  std::uint64_t send_no_port = 0;  // the route's source is not an open port
  std::uint64_t send_calls = 0;    // system calls that sending took
  std::uint64_t receive_calls = 0;
};

}  // namespace overlay
