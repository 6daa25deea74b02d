// Reads many datagrams with one system call, each straight into a packet buffer. One for each thread, used
// for all its sockets.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include <sys/socket.h>

#include "overlay/base/packet_io.h"
#include "overlay/io/io_counters.h"
#include "overlay/io/socket_address.h"
#include "overlay/io/udp_socket.h"

namespace overlay {

class ReceiveBatch {
 public:
  static constexpr std::size_t kMaxDatagrams = 64;

  ReceiveBatch();
  ReceiveBatch(const ReceiveBatch&) = delete;
  ReceiveBatch& operator=(const ReceiveBatch&) = delete;

  // Fills as many of `buffers` (at most kMaxDatagrams) as datagrams are waiting, and returns how many those
  // are. Oversized ones are counted and left empty: skip them.
  std::size_t receive(const UdpSocket& socket, std::span<PacketBuffer* const> buffers, IoCounters& counters);

  // Of the i-th datagram of the last receive().
  [[nodiscard]] bool is_oversized(std::size_t i) const;
  [[nodiscard]] DatagramMeta meta(std::size_t i, const UdpSocket& socket) const;

 private:
  // Room for a traffic class (an int) and an IPv6 packet information.
  struct alignas(cmsghdr) Control {
    std::array<std::byte, CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(in6_pktinfo))> bytes;
  };

  std::array<mmsghdr, kMaxDatagrams> messages_{};
  std::array<iovec, kMaxDatagrams> areas_{};
  std::array<SocketAddress, kMaxDatagrams> sources_{};
  std::array<Control, kMaxDatagrams> controls_{};
};

}  // namespace overlay
