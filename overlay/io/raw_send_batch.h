// Collects datagrams of many ports and sends them with one system call, through a raw socket, with UDP
// headers of our own. One for each thread. Needs CAP_NET_RAW.
//
// The kernel writes the IP header. With our own IP header (IP_HDRINCL) the kernel would allocate a route for
// each packet to a neighbor on the link and free many of them at once later, which delays other packets.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <utility>

#include <sys/socket.h>

#include "overlay/base/packet_io.h"
#include "overlay/base/result.h"
#include "overlay/io/io_counters.h"
#include "overlay/io/socket_address.h"
#include "overlay/io/udp_header.h"
#include "overlay/loop/file_descriptor.h"

namespace overlay {

class RawSendBatch {
 public:
  static constexpr std::size_t kMaxDatagrams = 64;

  [[nodiscard]] static Result<std::unique_ptr<RawSendBatch>> open(AddressFamily family);

  [[nodiscard]] bool is_full() const { return count_ == kMaxDatagrams; }
  // Requires !is_full(). `payload` must not change until transmit().
  void append(const DatagramRoute& route, Bytes payload);
  // Sends all datagrams and empties the batch. Calls `refused` with the route and payload of each datagram
  // that the kernel rejects.
  template <typename Refused>
  void transmit(IoCounters& counters, Refused refused) {
    for (std::size_t next = 0; next < count_;) {
      const int taken = send_from(next, counters);
      if (taken < 0) {
        const Datagram& datagram = datagrams_[next++];
        refused(datagram.route, datagram.payload);
        continue;
      }
      next += static_cast<std::size_t>(taken);
      counters.sent += static_cast<std::uint64_t>(taken);
    }
    count_ = 0;
  }

 private:
  // Room for a traffic class and an IPv6 packet information.
  struct alignas(cmsghdr) Control {
    std::array<std::byte, CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(in6_pktinfo))> bytes;
  };
  struct Datagram {
    DatagramRoute route;
    Bytes payload;
    SocketAddress destination;
    Control control;
    ByteArray<kUdpHeader> header;
    std::array<iovec, 2> areas;
  };

  explicit RawSendBatch(FileDescriptor fd) : fd_(std::move(fd)) {}
  // The number of datagrams that the kernel accepted; negative when it rejected the first.
  [[nodiscard]] int send_from(std::size_t first, IoCounters& counters);

  FileDescriptor fd_;
  std::array<Datagram, kMaxDatagrams> datagrams_;
  std::array<mmsghdr, kMaxDatagrams> messages_{};
  std::size_t count_ = 0;
};

}  // namespace overlay
