// ICMP errors of this machine's own network, over loopback.
#include "overlay/io/error_queue.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "overlay/io/socket_packet_io.h"
#include "overlay/loop/system_clock.h"

namespace overlay {
namespace error_queue_test {

class ErrorQueueTest : public testing::TestWithParam<const char*> {
 protected:
  ErrorQueueTest() {
    io_.set_sink([this](const DatagramMeta&, PacketBuffer&, Instant) { ++arrivals_; });
    io_.set_error_sink([this](const IcmpError& error) { errors_.push_back(error); });
    loop_.on_round([this] { io_.flush(); });
    loop_.on_timer([this] { is_late_ = true; });
  }

  // A port that was free a moment ago.
  static Endpoint free_port() {
    auto probe = UdpSocket::open(Endpoint::parse(GetParam()).value());
    return probe.value().local();
  }
  Endpoint open() {
    const Endpoint local = free_port();
    EXPECT_TRUE(io_.open_port(local));
    return local;
  }
  void send(const Endpoint& from, const Endpoint& to, bool dont_fragment = false) {
    PacketBuffer& buffer = io_.acquire();
    EXPECT_TRUE(buffer.assign(as_bytes("hello")));
    io_.send({.source = from, .destination = to, .dont_fragment = dont_fragment}, buffer);
  }
  void run_until(const std::function<bool()>& is_done) {
    loop_.arm_timer(system_now() + std::chrono::seconds(30));
    while (!is_done() && !is_late_)
      loop_.run_once();
    EXPECT_FALSE(is_late_);
  }

  EventLoop loop_;
  SocketPacketIo io_{loop_};
  std::vector<IcmpError> errors_;
  std::size_t arrivals_ = 0;
  bool is_late_ = false;
};

TEST_P(ErrorQueueTest, tells_that_a_port_is_closed) {
  const Endpoint here = open();
  const Endpoint closed = free_port();

  send(here, closed);
  io_.flush();
  run_until([&] { return !errors_.empty(); });

  ASSERT_EQ(errors_.size(), 1u);
  EXPECT_EQ(errors_[0].local, here);
  EXPECT_EQ(errors_[0].remote, closed);
  EXPECT_EQ(errors_[0].type, here.address.is_v4() ? 3 : 1);
  EXPECT_EQ(errors_[0].code, here.address.is_v4() ? 3 : 4);
}

// The kernel tells the error at the next send, too, and then sends nothing.
TEST_P(ErrorQueueTest, loses_no_datagram_to_another_peer_for_it) {
  const Endpoint here = open();
  const Endpoint closed = free_port();
  const Endpoint there = open();

  for (int i = 0; i < 10; ++i) {
    send(here, closed);
    io_.flush();
    send(here, there);
    io_.flush();
  }
  run_until([&] { return arrivals_ == 10; });

  EXPECT_EQ(arrivals_, 10u);
}

TEST_P(ErrorQueueTest, ends_so_that_a_quiet_port_sleeps) {
  const Endpoint here = open();
  for (std::size_t i = 0; i < 3 * ErrorQueue::kMaxPerTurn; ++i)
    send(here, free_port());
  io_.flush();
  run_until([&] { return errors_.size() == 3 * ErrorQueue::kMaxPerTurn; });

  const std::uint64_t calls = io_.counters().receive_calls;
  loop_.arm_timer(system_now() + std::chrono::milliseconds(50));
  while (!is_late_)
    loop_.run_once();

  EXPECT_LE(io_.counters().receive_calls, calls + 2);
}

TEST_P(ErrorQueueTest, sends_whole_what_must_not_be_fragmented) {
  const Endpoint here = open();
  const Endpoint there = open();

  send(here, there, true);
  send(here, there);
  io_.flush();
  run_until([&] { return arrivals_ == 2; });

  EXPECT_EQ(io_.counters().sent, 2u);
}

INSTANTIATE_TEST_SUITE_P(Loopback, ErrorQueueTest, testing::Values("127.0.0.1:0", "[::1]:0"));

}  // namespace error_queue_test
}  // namespace overlay
