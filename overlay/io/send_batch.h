// Collects datagrams of one socket and sends them with one system call. Consecutive datagrams of one size to
// one destination become one message, which the kernel splits (UDP generic segmentation offload); this costs
// a fraction. One for each thread, used for one socket after the other.
#pragma once

#include <array>
#include <cstddef>

#include <sys/socket.h>

#include "overlay/base/packet_io.h"
#include "overlay/io/io_counters.h"
#include "overlay/io/socket_address.h"
#include "overlay/io/udp_socket.h"

namespace overlay {

class SendBatch {
 public:
  static constexpr std::size_t kMaxMessages = 64;
  static constexpr std::size_t kMaxDatagrams = 256;

  SendBatch() = default;
  SendBatch(const SendBatch&) = delete;
  SendBatch& operator=(const SendBatch&) = delete;

  // False when the batch is full: call transmit() first. `payload` must not change until transmit().
  [[nodiscard]] bool append(const UdpSocket& socket, const DatagramRoute& route, Bytes payload);
  // Sends all datagrams through the socket of append() and empties the batch. Datagrams that cannot be sent
  // are counted and lost.
  void transmit(const UdpSocket& socket, IoCounters& counters);

 private:
  // Room for a traffic class (an int), IPv6 packet information and a segment size.
  struct alignas(cmsghdr) Control {
    std::array<std::byte,
               CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(std::uint16_t))>
        bytes;
  };
  struct Message {
    DatagramRoute route;
    SocketAddress destination;
    Control control;
    std::size_t first = 0;  // its datagrams: payloads_[first, first + count)
    std::size_t count = 0;
    std::size_t bytes = 0;
    bool is_complete = false;  // a shorter datagram ended the run
  };

  [[nodiscard]] bool extend_last(const DatagramRoute& route, Bytes payload);
  [[nodiscard]] int send_from(const UdpSocket& socket, std::size_t next);
  void write_header(const UdpSocket& socket, Message& message, msghdr& header);
  void finish_header(const Message& message, msghdr& header);
  void fail(const UdpSocket& socket, Message& message, msghdr& header, IoCounters& counters);

  std::array<Message, kMaxMessages> messages_;
  std::array<mmsghdr, kMaxMessages> headers_{};
  std::array<iovec, kMaxDatagrams> payloads_{};
  std::size_t message_count_ = 0;
  std::size_t datagram_count_ = 0;
  bool has_segmentation_ = true;  // false after the kernel has rejected a segmented message
};

}  // namespace overlay
