// Datagrams over loopback between SocketPacketIo and a plain socket, and between two SocketPacketIos.
#include "overlay/io/socket_packet_io.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "overlay/loop/descriptor_reserve.h"
#include "overlay/loop/system_clock.h"
#include "tests/integration/no_descriptors.h"
#include "tests/integration/no_watches.h"

namespace overlay {
namespace socket_packet_io_test {

struct Arrival {
  DatagramMeta meta;
  std::string payload;
};

Endpoint endpoint(std::string_view text) {
  return Endpoint::parse(text).value();
}

class SocketPacketIoTest : public testing::Test {
 protected:
  SocketPacketIoTest() {
    io_.set_sink([this](const DatagramMeta& meta, PacketBuffer& buffer, Instant) {
      arrivals_.push_back({meta, std::string(as_text(buffer.bytes()))});
      if (on_arrival_) on_arrival_(meta, buffer, {});
    });
    loop_.on_round([this] { io_.flush(); });
    loop_.on_timer([this] { is_late_ = true; });
  }

  // The port that the kernel chose.
  Endpoint open(std::string_view local) {
    auto probe = UdpSocket::open(endpoint(local));
    const Endpoint chosen = probe.value().local();
    probe.value().close();
    EXPECT_TRUE(io_.open_port(chosen, {.buffer_bytes = 1 << 20}));
    return chosen;
  }

  void send(const DatagramRoute& route, std::string_view payload) {
    PacketBuffer& buffer = io_.acquire();
    EXPECT_TRUE(buffer.assign(as_bytes(payload)));
    io_.send(route, buffer);
  }

  void run_until(const std::function<bool()>& is_done) {
    loop_.arm_timer(system_now() + std::chrono::seconds(30));
    while (!is_done() && !is_late_)
      loop_.run_once();
    EXPECT_FALSE(is_late_);
  }
  void run_until_arrivals(std::size_t count) {
    run_until([&] { return arrivals_.size() >= count; });
    EXPECT_EQ(arrivals_.size(), count);
  }

  EventLoop loop_;
  SocketPacketIo io_{loop_};
  std::vector<Arrival> arrivals_;
  SocketPacketIo::Sink on_arrival_;
  bool is_late_ = false;
};

TEST_F(SocketPacketIoTest, counts_sends_for_which_a_round_has_no_buffer) {
  const Endpoint local = open("127.0.0.1:0");
  constexpr std::size_t kBeyond = 10;

  for (std::size_t i = 0; i < BufferArena::kMaxBuffers + kBeyond; ++i)
    send({.source = local, .destination = local}, "x");
  io_.flush();
  send({.source = local, .destination = local}, "x");
  io_.flush();

  EXPECT_EQ(io_.counters().send_no_buffer, kBeyond);
  EXPECT_EQ(io_.counters().queued, BufferArena::kMaxBuffers + kBeyond + 1);
}

TEST_F(SocketPacketIoTest, leaves_the_reserve_to_the_operator_when_clients_open_ports) {
  constexpr rlim_t kLimit = 120;
  const DescriptorLimit limit(kLimit);
  std::uint16_t port = 42'000;
  const auto next_port = [&] { return Endpoint{IpAddress::v4({127, 43, 0, 1}), port++}; };

  for (int i = 0; i < 100; ++i)
    (void)io_.open_busy_port(next_port());
  EXPECT_GE(count_free_descriptors(), reserved_descriptors(kLimit));
  for (int i = 0; i < 100; ++i)
    (void)io_.open_port(next_port());
  EXPECT_GE(count_free_descriptors(), reserved_descriptors(kLimit));

  EXPECT_GE(io_.open_ports(), 80u);
}

TEST_F(SocketPacketIoTest, opens_no_port_that_the_kernel_does_not_watch) {
  const Endpoint local = UdpSocket::open(endpoint("127.0.0.1:0")).value().local();

  {
    const NoWatches none;
    EXPECT_FALSE(io_.open_port(local));
    EXPECT_FALSE(io_.open_busy_port(local));
  }

  EXPECT_EQ(io_.open_ports(), 0u);
  EXPECT_TRUE(io_.open_port(local));
}

TEST_F(SocketPacketIoTest, reports_where_a_datagram_came_from_and_went_to) {
  for (const char* const any_port : {"127.0.0.1:0", "[::1]:0"}) {
    arrivals_.clear();
    const Endpoint one = open(any_port);
    const Endpoint other = open(any_port);

    send({.source = one, .destination = other}, "hello");
    io_.flush();
    run_until_arrivals(1);

    EXPECT_EQ(arrivals_.at(0).meta.source, one);
    EXPECT_EQ(arrivals_.at(0).meta.local, other);
    EXPECT_EQ(arrivals_.at(0).payload, "hello");
  }
}

TEST_F(SocketPacketIoTest, carries_the_traffic_class) {
  for (const char* const any_port : {"127.0.0.1:0", "[::1]:0"}) {
    arrivals_.clear();
    const Endpoint one = open(any_port);
    const Endpoint other = open(any_port);

    send({.source = one, .destination = other, .traffic_class = 0xba}, "expedited, ECT(0)");
    io_.flush();
    run_until_arrivals(1);

    EXPECT_EQ(arrivals_.at(0).meta.traffic_class, 0xba);
  }
}

TEST_F(SocketPacketIoTest, answers_from_the_address_that_a_wildcard_port_was_reached_at) {
  const Endpoint client = open("127.0.0.1:0");
  const Endpoint everywhere = open("0.0.0.0:0");
  const Endpoint reached = {endpoint("127.0.0.9:0").address, everywhere.port};
  on_arrival_ = [&](const DatagramMeta& meta, PacketBuffer& buffer, Instant) {
    if (meta.local == reached) io_.send({.source = meta.local, .destination = meta.source}, buffer);
  };

  send({.source = client, .destination = reached}, "ping");
  io_.flush();
  run_until_arrivals(2);

  EXPECT_EQ(arrivals_.at(0).meta.local, reached);
  EXPECT_EQ(arrivals_.at(1).meta.source, reached);
  EXPECT_EQ(arrivals_.at(1).meta.local, client);
}

TEST_F(SocketPacketIoTest, keeps_order_and_boundaries_within_runs_of_one_size) {
  const Endpoint one = open("127.0.0.1:0");
  const Endpoint other = open("127.0.0.1:0");
  std::vector<std::string> sent;
  for (char letter = 'a'; letter <= 'z'; ++letter)
    for (const std::size_t size : {1200u, 1200u, 1200u, 700u, 0u, 1500u, 1500u, 1u})
      sent.emplace_back(size, letter);

  for (const std::string& payload : sent)
    send({.source = one, .destination = other}, payload);
  io_.flush();
  run_until_arrivals(sent.size());

  for (std::size_t i = 0; i < sent.size(); ++i)
    EXPECT_EQ(arrivals_.at(i).payload, sent[i]) << i;
  EXPECT_EQ(io_.counters().sent, sent.size());
  EXPECT_LE(io_.counters().send_calls, 8u);
}

TEST_F(SocketPacketIoTest, takes_a_burst_where_single_datagrams_came_before) {
  const Endpoint one = open("127.0.0.1:0");
  const Endpoint other = open("127.0.0.1:0");
  for (std::size_t i = 1; i <= 100; ++i) {
    send({.source = one, .destination = other}, "single");
    io_.flush();
    run_until_arrivals(i);
  }
  const std::uint64_t calls_before = io_.counters().receive_calls;

  for (std::size_t i = 1; i <= 60; ++i)
    send({.source = one, .destination = other}, std::string(i, 'b'));
  io_.flush();
  run_until_arrivals(160);

  for (std::size_t i = 0; i < 60; ++i)
    EXPECT_EQ(arrivals_.at(100 + i).payload.size(), i + 1);
  EXPECT_LE(calls_before, 110u);
  EXPECT_LE(io_.counters().receive_calls - calls_before, 40u) << "it should notice that more are waiting";
}

TEST_F(SocketPacketIoTest, sends_many_datagrams_of_one_size_with_few_messages) {
  const Endpoint one = open("127.0.0.1:0");
  const Endpoint other = open("127.0.0.1:0");

  for (int i = 0; i < 200; ++i)
    send({.source = one, .destination = other}, std::string(160, static_cast<char>(i)));
  io_.flush();
  run_until_arrivals(200);

  EXPECT_EQ(io_.counters().send_calls, 1u);
  EXPECT_EQ(arrivals_.at(199).payload, std::string(160, static_cast<char>(199)));
}

TEST_F(SocketPacketIoTest, takes_runs_apart_whatever_sizes_it_expected) {
  for (const char* const any_port : {"127.0.0.1:0", "[::1]:0"}) {
    arrivals_.clear();
    const Endpoint one = open(any_port);
    const Endpoint other = open(any_port);
    // Runs that come as expected, runs of other sizes, single datagrams between them, and the shortest
    // possible.
    constexpr std::array<std::pair<std::size_t, int>, 10> kRuns{{{172, 60},
                                                                 {172, 60},
                                                                 {172, 3},
                                                                 {1200, 50},
                                                                 {1200, 50},
                                                                 {2000, 1},
                                                                 {1, 64},
                                                                 {0, 2},
                                                                 {900, 30},
                                                                 {172, 60}}};
    std::vector<std::string> sent;
    for (int repeat = 0; repeat < 4; ++repeat)
      for (const auto& [size, count] : kRuns)
        for (int i = 0; i < count; ++i)
          sent.emplace_back(size, static_cast<char>(sent.size() % 251));

    for (std::size_t i = 0; i < sent.size(); ++i) {
      send({.source = one, .destination = other, .traffic_class = 0xb8}, sent[i]);
      if (i % 200 != 199) continue;
      io_.flush();
      run_until([&] { return arrivals_.size() == i + 1; });
    }
    io_.flush();
    run_until_arrivals(sent.size());

    for (std::size_t i = 0; i < sent.size(); ++i) {
      EXPECT_EQ(arrivals_.at(i).payload, sent[i]) << i;
      EXPECT_EQ(arrivals_.at(i).meta.source, one);
      EXPECT_EQ(arrivals_.at(i).meta.local, other);
      EXPECT_EQ(arrivals_.at(i).meta.traffic_class, 0xb8);
    }
    EXPECT_LT(io_.counters().receive_calls, sent.size() / 2);
  }
}

TEST_F(SocketPacketIoTest, leaves_headroom_and_tailroom_around_each_datagram_of_a_run) {
  const Endpoint one = open("127.0.0.1:0");
  const Endpoint other = open("127.0.0.1:0");
  std::vector<std::string> rewritten;
  on_arrival_ = [&](const DatagramMeta&, PacketBuffer& buffer, Instant) {
    const std::string payload(as_text(buffer.bytes()));
    std::ranges::fill(buffer.prepend(PacketBuffer::kHeadroom), std::uint8_t{'<'});
    std::ranges::fill(buffer.append(32), std::uint8_t{'>'});
    rewritten.push_back(payload);
  };

  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 64; ++i)
      send({.source = one, .destination = other}, std::string(172, static_cast<char>('a' + i % 26)));
    io_.flush();
    run_until([&] { return rewritten.size() == 64u * static_cast<unsigned>(round + 1); });
  }

  for (std::size_t i = 0; i < rewritten.size(); ++i)
    EXPECT_EQ(rewritten[i], std::string(172, static_cast<char>('a' + i % 64 % 26))) << i;
}

TEST_F(SocketPacketIoTest, sends_what_does_not_fit_one_batch) {
  const Endpoint one = open("127.0.0.1:0");
  const Endpoint other = open("127.0.0.1:0");
  constexpr std::size_t kCount = 1500;

  for (std::size_t i = 0; i < kCount; ++i)
    send({.source = one, .destination = other}, std::string(1 + i % 2, 'x'));
  EXPECT_GT(io_.counters().sent, 0u) << "a full queue leaves before the flush";
  io_.flush();

  EXPECT_EQ(io_.counters().sent, kCount);
}

TEST_F(SocketPacketIoTest, tells_that_more_waits_than_one_turn_lets_through) {
  constexpr std::size_t kMany = 1'000;
  const Endpoint local = open("127.0.0.1:0");
  const auto plain = UdpSocket::open(endpoint("127.0.0.1:0"));
  SocketAddress to;
  const socklen_t length = to_socket_address(local, to);
  for (std::size_t i = 0; i < kMany; ++i)
    ASSERT_GT(::sendto(plain->fd(), "x", 1, 0, &to.any, length), 0);

  loop_.run_once();
  EXPECT_TRUE(io_.take_backlog());
  run_until_arrivals(kMany);
  (void)io_.take_backlog();
  ASSERT_GT(::sendto(plain->fd(), "x", 1, 0, &to.any, length), 0);
  run_until_arrivals(kMany + 1);
  EXPECT_FALSE(io_.take_backlog());
}

TEST_F(SocketPacketIoTest, reads_a_port_at_once_and_tells_whether_more_is_waiting) {
  const Endpoint one = open("127.0.0.1:0");
  const Endpoint other = open("127.0.0.1:0");
  constexpr std::size_t kMany = 300;  // more than one turn
  for (std::size_t i = 0; i < kMany; ++i) {
    send({.source = one, .destination = other}, "x");
    io_.flush();
  }

  EXPECT_FALSE(io_.read_now(other));
  const std::size_t in_one_turn = arrivals_.size();
  EXPECT_TRUE(io_.read_now(other));

  EXPECT_LT(in_one_turn, kMany);
  EXPECT_EQ(arrivals_.size(), kMany);
  EXPECT_TRUE(io_.read_now(other)) << "nothing is waiting";
}

// More than the kernel keeps for a socket by default.
TEST_F(SocketPacketIoTest, keeps_a_burst_at_a_busy_port) {
  const Endpoint one = open("127.0.0.1:0");
  const Endpoint other = open("127.0.0.1:0");
  io_.close_port(other);
  ASSERT_TRUE(io_.open_busy_port(other));

  for (int i = 0; i < 1000; ++i) {
    send({.source = one, .destination = other}, std::string(1 + static_cast<std::size_t>(i % 7) * 100, 'x'));
    io_.flush();
  }

  run_until_arrivals(1000);
}

TEST_F(SocketPacketIoTest, counts_and_drops_oversized_datagrams) {
  const Endpoint local = open("127.0.0.1:0");
  const auto plain = UdpSocket::open(endpoint("127.0.0.1:0"));
  SocketAddress to;
  const socklen_t length = to_socket_address(local, to);
  const std::string oversized(PacketBuffer::kMaxDatagram + 1, 'x');
  const std::string longest(PacketBuffer::kMaxDatagram, 'x');

  for (const std::string* payload : {&oversized, &longest})
    ASSERT_GT(::sendto(plain->fd(), payload->data(), payload->size(), 0, &to.any, length), 0);
  run_until_arrivals(1);

  EXPECT_EQ(arrivals_.at(0).payload, longest);
  EXPECT_EQ(io_.counters().oversized, 1u);
  EXPECT_EQ(io_.counters().received, 2u);
}

TEST_F(SocketPacketIoTest, counts_what_it_cannot_send_and_goes_on) {
  const Endpoint one = open("127.0.0.1:0");
  const Endpoint other = open("127.0.0.1:0");

  send({.source = one, .destination = endpoint("[2001:db8::1]:9")}, "wrong family");
  send({.source = one, .destination = endpoint("255.255.255.255:9")}, "broadcast");
  send({.source = one, .destination = other}, "good");
  send({.source = endpoint("127.0.0.1:9"), .destination = other}, "no such port");
  io_.flush();
  run_until_arrivals(1);

  const IoCounters& counters = io_.counters();
  EXPECT_EQ(counters.queued, 4u);
  EXPECT_EQ(counters.sent, 1u);
  EXPECT_EQ(counters.send_other, 1u);
  EXPECT_EQ(counters.send_denied + counters.send_unreachable, 1u);
  EXPECT_EQ(counters.send_no_port, 1u);
}

TEST_F(SocketPacketIoTest, survives_the_sink_closing_the_port_it_reads_from) {
  const Endpoint one = open("127.0.0.1:0");
  const Endpoint other = open("127.0.0.1:0");
  std::size_t answers = 0;
  on_arrival_ = [&](const DatagramMeta& meta, PacketBuffer& buffer, Instant) {
    if (meta.local == one) ++answers;
    if (meta.local != other) return;
    io_.send({.source = other, .destination = one}, buffer);
    io_.close_port(other);
  };

  for (int i = 0; i < 100; ++i)
    send({.source = one, .destination = other}, std::to_string(i));
  io_.flush();
  run_until([&] { return answers > 0; });

  EXPECT_EQ(answers, 1u) << "what was sent before the port closed has left, and nothing after";
  EXPECT_EQ(io_.open_ports(), 1u);
}

TEST_F(SocketPacketIoTest, opens_a_port_again_at_once_after_it_was_closed) {
  const Endpoint local = open("127.0.0.1:0");

  EXPECT_FALSE(io_.open_port(local));
  io_.close_port(local);

  EXPECT_TRUE(io_.open_port(local));
}

TEST_F(SocketPacketIoTest, serves_a_thousand_ports) {
  const Endpoint hub = open("127.0.0.1:0");
  std::vector<Endpoint> ports;
  for (int i = 0; i < 1000; ++i)
    ports.push_back(open("127.0.0.1:0"));

  for (const Endpoint& port : ports)
    send({.source = hub, .destination = port}, port.to_string());
  io_.flush();
  run_until_arrivals(ports.size());

  for (const Arrival& arrival : arrivals_)
    EXPECT_EQ(arrival.payload, arrival.meta.local.to_string());
}

}  // namespace socket_packet_io_test
}  // namespace overlay
