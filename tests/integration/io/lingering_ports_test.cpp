// Ports that stay bound for a while after they were closed, over loopback.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "overlay/io/error_queue.h"
#include "overlay/io/socket_packet_io.h"
#include "overlay/loop/system_clock.h"
#include "tests/integration/no_descriptors.h"

namespace overlay {
namespace lingering_ports_test {

constexpr Duration kLong = std::chrono::minutes(5);

Endpoint endpoint(std::string_view text) {
  return Endpoint::parse(text).value();
}

class LingeringPortsTest : public testing::TestWithParam<const char*> {
 protected:
  // A relay's back end, whose loop takes turns when the test says so.
  struct Relay {
    explicit Relay(Duration linger) : io(loop, linger) {
      io.set_sink([this](const DatagramMeta& meta, PacketBuffer& buffer, Instant) {
        arrivals.emplace_back(as_text(buffer.bytes()));
        if (on_arrival) on_arrival(meta);
      });
      io.set_error_sink([](const IcmpError&) {});
      loop.on_round([this] { io.flush(); });
      loop.on_timer([this] { is_late = true; });
    }
    void run_until(const std::function<bool()>& is_done) {
      loop.arm_timer(system_now() + std::chrono::seconds(30));
      while (!is_done() && !is_late)
        loop.run_once();
      EXPECT_FALSE(is_late);
    }

    EventLoop loop;
    SocketPacketIo io;
    std::vector<std::string> arrivals;
    std::function<void(const DatagramMeta&)> on_arrival;
    bool is_late = false;
  };

  LingeringPortsTest() : peer_(UdpSocket::open(endpoint(GetParam()), {.reports_errors = true}).value()) {
    auto probe = UdpSocket::open(endpoint(GetParam()));
    port_ = probe.value().local();
  }

  void send_to_port(std::string_view payload) {
    SocketAddress to;
    const socklen_t length = to_socket_address(port_, to);
    ASSERT_GT(::sendto(peer_.fd(), payload.data(), payload.size(), 0, &to.any, length), 0);
  }
  // Did the peer hear that nobody has the port?
  bool was_refused() {
    bool is_refused = false;
    ErrorQueue::drain(peer_, [&](const IcmpError& error) { is_refused = error.remote == port_; });
    return is_refused;
  }
  bool is_bound() { return !UdpSocket::open(port_); }

  UdpSocket peer_;
  Endpoint port_;
};

TEST_P(LingeringPortsTest, stay_bound_and_are_opened_again) {
  Relay relay(kLong);
  ASSERT_TRUE(relay.io.open_port(port_));

  relay.io.close_port(port_);
  relay.io.flush();
  EXPECT_EQ(relay.io.open_ports(), 0u);
  EXPECT_EQ(relay.io.lingering_ports(), 1u);
  EXPECT_TRUE(is_bound());

  EXPECT_TRUE(relay.io.open_port(port_));
  EXPECT_EQ(relay.io.lingering_ports(), 0u);
  EXPECT_FALSE(relay.io.open_port(port_)) << "is open already";
  send_to_port("hello");
  relay.run_until([&] { return !relay.arrivals.empty(); });
  EXPECT_EQ(relay.arrivals.at(0), "hello");
}

TEST_P(LingeringPortsTest, cannot_be_sent_from) {
  Relay relay(kLong);
  ASSERT_TRUE(relay.io.open_port(port_));
  relay.io.close_port(port_);

  relay.io.send({.source = port_, .destination = peer_.local()}, relay.io.acquire());

  EXPECT_EQ(relay.io.counters().send_no_port, 1u);
}

TEST_P(LingeringPortsTest, are_closed_for_good_when_somebody_sends_to_them) {
  Relay relay(kLong);
  ASSERT_TRUE(relay.io.open_port(port_));
  relay.io.close_port(port_);
  relay.io.flush();

  send_to_port("late");
  relay.run_until([&] { return relay.io.lingering_ports() == 0; });

  EXPECT_FALSE(is_bound());
  EXPECT_TRUE(relay.arrivals.empty());
  send_to_port("later");
  EXPECT_TRUE(was_refused());
}

TEST_P(LingeringPortsTest, give_nobody_what_was_sent_to_the_one_before) {
  Relay relay(kLong);
  ASSERT_TRUE(relay.io.open_port(port_));
  send_to_port("unread");
  relay.io.close_port(port_);
  send_to_port("late");

  ASSERT_TRUE(relay.io.open_port(port_));
  send_to_port("for the next");
  relay.run_until([&] { return !relay.arrivals.empty(); });

  EXPECT_EQ(relay.arrivals, std::vector<std::string>{"for the next"});
}

TEST_P(LingeringPortsTest, may_be_closed_by_what_they_receive) {
  Relay relay(kLong);
  ASSERT_TRUE(relay.io.open_port(port_));
  relay.on_arrival = [&](const DatagramMeta& meta) { relay.io.close_port(meta.local); };

  send_to_port("the last");
  relay.run_until([&] { return relay.io.open_ports() == 0; });

  EXPECT_EQ(relay.arrivals.size(), 1u);
  EXPECT_EQ(relay.io.lingering_ports(), 1u);
}

TEST_P(LingeringPortsTest, are_released_when_their_time_is_over) {
  Relay relay(Duration(1));
  ASSERT_TRUE(relay.io.open_port(port_));

  relay.io.close_port(port_);
  relay.run_until([&] {
    relay.loop.wakeup().notify();
    return relay.io.lingering_ports() == 0;
  });

  EXPECT_FALSE(is_bound());
}

TEST_P(LingeringPortsTest, make_way_for_a_listener) {
  Relay relay(kLong);
  ASSERT_TRUE(relay.io.open_port(port_));
  relay.io.close_port(port_);

  EXPECT_TRUE(relay.io.open_port(port_, {.buffer_bytes = 1 << 20}));

  EXPECT_EQ(relay.io.lingering_ports(), 0u);
}

TEST_P(LingeringPortsTest, are_none_where_no_time_is_given) {
  Relay relay(Duration{});
  ASSERT_TRUE(relay.io.open_port(port_));

  relay.io.close_port(port_);

  EXPECT_FALSE(is_bound());
}

TEST_P(LingeringPortsTest, make_way_when_descriptors_become_scarce) {
  constexpr rlim_t kMost = 112;  // 14 of them are the reserve of the operator
  const DescriptorLimit limit(kMost);
  Relay relay(kLong);
  const auto open_some = [&](std::size_t count) {
    std::vector<Endpoint> ports;
    while (ports.size() < count) {
      const auto free_port = UdpSocket::open(endpoint(GetParam())).value().local();
      if (relay.io.open_port(free_port)) ports.push_back(free_port);
    }
    return ports;
  };
  for (const Endpoint& port : open_some(40))
    relay.io.close_port(port);
  relay.io.flush();
  const std::size_t before = relay.io.lingering_ports();
  ASSERT_GT(before, 30u);

  for (int round = 0; round < 10; ++round) {
    (void)open_some(7);
    relay.io.flush();
  }

  EXPECT_EQ(relay.io.open_ports(), 70u) << "of " << kMost << " descriptors";
  EXPECT_LT(relay.io.lingering_ports(), before / 2);
}

INSTANTIATE_TEST_SUITE_P(BothFamilies, LingeringPortsTest, testing::Values("127.0.0.1:0", "[::1]:0"),
                         [](const auto& family) { return family.index == 0 ? "v4" : "v6"; });

}  // namespace lingering_ports_test
}  // namespace overlay
