// Collects datagrams of many ports and sends them with one system call, through a raw socket that takes UDP
// headers of our own. One for each thread. Needs CAP_NET_RAW.
//
// The IP header is the kernel's. With one of our own (IP_HDRINCL) it would make a route for each packet to a
// neighbor, and free it later, many at once, while others wait.
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
  // Not when full. `payload` must stay as it is until transmit().
  void append(const DatagramRoute& route, Bytes payload);
  // Sends everything and is empty again. What the kernel does not take is handed to `refused`, as route and
  // payload.
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
  // How many the kernel took; negative when it refused the first.
  [[nodiscard]] int send_from(std::size_t first, IoCounters& counters);

  FileDescriptor fd_;
  std::array<Datagram, kMaxDatagrams> datagrams_;
  std::array<mmsghdr, kMaxDatagrams> messages_{};
  std::size_t count_ = 0;
};

}  // namespace overlay
