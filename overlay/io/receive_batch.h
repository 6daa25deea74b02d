// Reads many datagrams with one system call, each into its own packet buffer. One for each thread, used for
// all its sockets.
//
// The kernel may deliver a run of datagrams of one flow and one size as one long message (UDP generic receive
// offload). For a socket with such runs, the buffers are laid out so that each datagram of the next run lands
// in its own buffer; only datagrams of another size are moved.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <sys/socket.h>

#include "overlay/base/packet_io.h"
#include "overlay/io/buffer_arena.h"
#include "overlay/io/io_counters.h"
#include "overlay/io/socket_address.h"
#include "overlay/io/udp_socket.h"

namespace overlay {

// The number of datagrams that a socket will probably hold, learnt from earlier receives. One per socket.
struct ReceiveForecast {
  std::size_t messages = 2;
  std::uint8_t singles = 0;    // consecutive receives with one datagram
  std::size_t segment = 0;     // datagram size of its runs; 0 without runs
  std::uint8_t surprises = 0;  // consecutive receives without a run
};

struct Arrival {
  PacketBuffer* buffer;
  const DatagramMeta* meta;
};

class ReceiveBatch {
 public:
  static constexpr std::size_t kMaxMessages = 32;
  // The longest run. UDP_GRO_CNT_MAX is 64; a run that another local process sends as one message is
  // delivered as one message (UDP_MAX_SEGMENTS, 128 since Linux 6.7).
  static constexpr std::size_t kMaxSegments = 128;
  static constexpr std::size_t kMaxRuns = 2;
  // The maximum for one receive().
  static constexpr std::size_t kMaxBuffers = kMaxRuns * kMaxSegments;

  explicit ReceiveBatch(BufferArena& arena) : arena_(arena) {}
  ReceiveBatch(const ReceiveBatch&) = delete;
  ReceiveBatch& operator=(const ReceiveBatch&) = delete;

  struct Received {
    std::span<const Arrival> arrivals;  // valid until the next receive()
    bool is_drained = false;            // the queue is probably empty; epoll reports new datagrams
  };
  // Reads the waiting datagrams, in order. Datagrams longer than a buffer are counted and skipped.
  [[nodiscard]] Received receive(const UdpSocket& socket, ReceiveForecast& forecast, IoCounters& counters);

  // Call it after the arena has taken all its buffers back.
  void forget_buffers() { spare_.clear(); }

 private:
  // Room for a traffic class (an int), IPv6 packet information, a segment size (an int) and a destination.
  struct alignas(cmsghdr) Control {
    std::array<std::byte, 2 * CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(in6_pktinfo)) +
                              CMSG_SPACE(sizeof(sockaddr_in6))>
        bytes;
  };
  struct Message {
    SocketAddress source;
    Control control;
    DatagramMeta meta;
    std::size_t segment = 0;
  };
  static constexpr std::size_t kLongestMessage = 65'536;

  [[nodiscard]] int read(const UdpSocket& socket, std::size_t messages, IoCounters& counters);
  void prepare_singles(std::size_t messages);
  void prepare_runs(std::size_t messages, std::size_t segment);
  void prepare_header(std::size_t message, std::size_t first_area, std::size_t areas);
  void take_single(std::size_t message, std::size_t length, IoCounters& counters);
  void take_run(std::size_t message, std::size_t length, std::size_t laid_out, IoCounters& counters);
  void split(std::size_t message, std::span<const iovec> areas, std::size_t length, IoCounters& counters);
  void deliver(std::size_t message, std::size_t slot, std::size_t size);
  void keep_unused(std::size_t slots);
  void read_control(Message& message, const msghdr& header, const UdpSocket& socket);
  void learn(ReceiveForecast& forecast, std::size_t asked, std::size_t got) const;
  [[nodiscard]] PacketBuffer& take_buffer();
  [[nodiscard]] std::uint8_t* overflow_of(std::size_t message);

  BufferArena& arena_;
  std::array<mmsghdr, kMaxMessages> headers_{};
  std::array<Message, kMaxMessages> messages_;
  std::array<iovec, kMaxRuns*(kMaxSegments + 1)> areas_{};
  std::array<PacketBuffer*, kMaxBuffers> buffers_{};
  std::vector<Arrival> arrivals_;
  std::vector<PacketBuffer*> spare_;  // acquired, not yet used
  std::unique_ptr<std::uint8_t[]> overflow_;
  std::unique_ptr<std::uint8_t[]> scratch_;
};

}  // namespace overlay
