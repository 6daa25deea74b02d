// Relay ports that share one socket, over loopback: needs CAP_BPF, CAP_NET_ADMIN and CAP_NET_RAW.
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "overlay/io/port_steering.h"
#include "overlay/io/socket_packet_io.h"
#include "overlay/loop/system_clock.h"

namespace overlay {
namespace steered_ports_test {

constexpr Duration kLinger = std::chrono::minutes(5);

struct Arrival {
  DatagramMeta meta;
  std::string payload;
};

Endpoint endpoint(std::string_view text) {
  return Endpoint::parse(text).value();
}

Endpoint free_port(const Endpoint& any_port) {
  auto probe = UdpSocket::open(any_port);
  return probe.value().local();
}

// A back end with a loop of its own, and what arrived there.
class Host {
 public:
  explicit Host(Duration linger = {}) : io(loop_, linger) {
    io.set_sink([this](const DatagramMeta& meta, PacketBuffer& buffer, Instant) {
      arrivals.push_back({meta, std::string(as_text(buffer.bytes()))});
    });
    io.set_error_sink([this](const IcmpError& error) { errors.push_back(error); });
    loop_.on_round([this] { io.flush(); });
    loop_.on_timer([this] { is_late_ = true; });
  }

  void send(const DatagramRoute& route, std::string_view payload) {
    PacketBuffer& buffer = io.acquire();
    EXPECT_TRUE(buffer.assign(as_bytes(payload)));
    io.send(route, buffer);
  }
  void run_until_arrivals(std::size_t count) {
    run_while([&] { return arrivals.size() < count; });
    ASSERT_EQ(arrivals.size(), count);
  }
  void run_until_errors(std::size_t count) {
    run_while([&] { return errors.size() < count; });
    ASSERT_EQ(errors.size(), count);
  }

 private:
  void run_while(const std::function<bool()>& is_waiting) {
    loop_.arm_timer(system_now() + std::chrono::seconds(30));
    while (is_waiting() && !is_late_)
      loop_.run_once();
  }

  EventLoop loop_;
  bool is_late_ = false;

 public:
  SocketPacketIo io;
  std::vector<Arrival> arrivals;
  std::vector<IcmpError> errors;
};

// Addresses of loopback that no other test uses.
class SteeredPorts : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    ASSERT_EQ(::geteuid(), 0u)
        << "only root may attach programs to a network namespace; run tools/test as root";
    ASSERT_NO_FATAL_FAILURE(steer({&relay_}));
  }

  // These are the planes of a process, which steers by itself.
  void steer(const std::vector<Host*>& planes) {
    auto attached = PortSteering::attach(any_port_.address, static_cast<std::uint32_t>(planes.size()));
    ASSERT_TRUE(attached) << attached.error().message;
    PortSteering& steering = *steerings_.emplace_back(std::move(attached).value());
    for (std::uint32_t plane = 0; plane < planes.size(); ++plane) {
      const auto steered = planes[plane]->io.steer(steering, plane);
      ASSERT_TRUE(steered) << steered.error().message;
    }
  }

  Endpoint open_port(Host& host) {
    const Endpoint port = free_port(any_port_);
    EXPECT_TRUE(host.io.open_port(port));
    return port;
  }
  Endpoint open_relay_port() { return open_port(relay_); }
  Endpoint open_peer_port() { return open_port(peer_); }

  const Endpoint any_port_ = endpoint(GetParam());
  std::vector<std::unique_ptr<PortSteering>> steerings_;  // outlive the hosts
  Host relay_;
  Host peer_;
};

TEST_P(SteeredPorts, tell_to_which_port_a_datagram_was_sent) {
  const Endpoint one = open_relay_port();
  const Endpoint other = open_relay_port();
  const Endpoint peer = open_peer_port();

  peer_.send({.source = peer, .destination = one, .traffic_class = 0xb8}, "to one");
  peer_.send({.source = peer, .destination = other}, "to the other");
  peer_.io.flush();
  relay_.run_until_arrivals(2);

  EXPECT_EQ(relay_.arrivals.at(0).meta.local, one);
  EXPECT_EQ(relay_.arrivals.at(0).meta.source, peer);
  EXPECT_EQ(relay_.arrivals.at(0).meta.traffic_class, 0xb8);
  EXPECT_EQ(relay_.arrivals.at(0).payload, "to one");
  EXPECT_EQ(relay_.arrivals.at(1).meta.local, other);
  EXPECT_EQ(relay_.arrivals.at(1).payload, "to the other");
}

TEST_P(SteeredPorts, send_from_many_ports_with_one_call) {
  const std::vector<Endpoint> ports{open_relay_port(), open_relay_port(), open_relay_port()};
  const Endpoint peer = open_peer_port();

  for (const Endpoint& port : ports)
    relay_.send({.source = port, .destination = peer, .traffic_class = 0x88}, "odd");
  relay_.io.flush();
  peer_.run_until_arrivals(3);

  EXPECT_EQ(relay_.io.counters().send_calls, 1u);
  EXPECT_EQ(relay_.io.counters().sent, 3u);
  for (std::size_t i = 0; i < ports.size(); ++i) {
    EXPECT_EQ(peer_.arrivals.at(i).meta.source, ports.at(i));
    EXPECT_EQ(peer_.arrivals.at(i).meta.traffic_class, 0x88);
    EXPECT_EQ(peer_.arrivals.at(i).payload, "odd");
  }
}

TEST_P(SteeredPorts, send_a_run_of_one_port_as_one_message) {
  const Endpoint port = open_relay_port();
  const Endpoint peer = open_peer_port();
  const std::string payload(500, 'x');

  for (int i = 0; i < 20; ++i)
    relay_.send({.source = port, .destination = peer}, payload);
  relay_.io.flush();
  peer_.run_until_arrivals(20);

  EXPECT_EQ(relay_.io.counters().send_calls, 1u);
  EXPECT_EQ(peer_.arrivals.back().meta.source, port);
  EXPECT_EQ(peer_.arrivals.back().payload, payload);
}

TEST_P(SteeredPorts, are_nobody_elses_while_they_are_open) {
  const Endpoint port = open_relay_port();

  EXPECT_FALSE(UdpSocket::open(port));
  EXPECT_FALSE(relay_.io.open_port(port));

  relay_.io.close_port(port);
  relay_.io.flush();
  EXPECT_TRUE(UdpSocket::open(port));
}

TEST_P(SteeredPorts, leave_ports_of_others_alone) {
  const Endpoint foreign = open_peer_port();
  const Endpoint closed = open_relay_port();
  relay_.io.close_port(closed);
  relay_.io.flush();
  const Endpoint open = open_relay_port();
  EXPECT_FALSE(relay_.io.open_port(foreign));
  ASSERT_TRUE(peer_.io.open_port(closed));

  relay_.send({.source = open, .destination = foreign}, "to a foreign port");
  relay_.send({.source = open, .destination = closed}, "to one that was ours");
  relay_.io.flush();
  peer_.run_until_arrivals(2);

  EXPECT_EQ(peer_.arrivals.at(0).meta.local, foreign);
  EXPECT_EQ(peer_.arrivals.at(1).meta.local, closed);
}

TEST_P(SteeredPorts, of_two_processes_do_not_mix) {
  Host other;
  ASSERT_NO_FATAL_FAILURE(steer({&other}));
  const Endpoint ours = open_relay_port();
  const Endpoint theirs = open_port(other);

  relay_.send({.source = ours, .destination = theirs}, "ping");
  relay_.io.flush();
  other.run_until_arrivals(1);
  other.send({.source = theirs, .destination = ours}, "pong");
  other.io.flush();
  relay_.run_until_arrivals(1);

  EXPECT_EQ(relay_.arrivals.at(0).payload, "pong");
  EXPECT_EQ(relay_.arrivals.at(0).meta.source, theirs);
}

TEST_P(SteeredPorts, go_to_the_plane_that_owns_them) {
  Host planes[2];
  ASSERT_NO_FATAL_FAILURE(steer({&planes[0], &planes[1]}));
  const Endpoint peer = open_peer_port();

  for (int i = 0; i < 8; ++i) {
    const Endpoint port = free_port(any_port_);
    Host& owner = planes[port.port / 2 % 2];
    const std::size_t before = owner.arrivals.size();
    ASSERT_TRUE(owner.io.open_port(port));
    peer_.send({.source = peer, .destination = port}, "yours");
    peer_.io.flush();
    owner.run_until_arrivals(before + 1);
    EXPECT_EQ(owner.arrivals.back().meta.local, port);
  }
}

TEST_P(SteeredPorts, tell_that_a_peer_is_not_there) {
  const Endpoint one = open_relay_port();
  const Endpoint other = open_relay_port();
  const Endpoint closed = free_port(any_port_);

  relay_.send({.source = one, .destination = closed}, "alone");
  relay_.io.flush();
  relay_.run_until_errors(1);
  for (int i = 0; i < 2; ++i)
    relay_.send({.source = other, .destination = closed}, "in a run");
  relay_.io.flush();
  relay_.run_until_errors(2);

  EXPECT_EQ(relay_.errors.at(0).local, one);
  EXPECT_EQ(relay_.errors.at(0).remote, closed);
  EXPECT_EQ(relay_.errors.at(0).type, closed.address.is_v4() ? 3 : 1);
  EXPECT_EQ(relay_.errors.at(0).code, closed.address.is_v4() ? 3 : 4);
  EXPECT_EQ(relay_.errors.at(1).local, other);
}

TEST_P(SteeredPorts, tell_no_errors_of_what_others_sent) {
  const Endpoint open = open_relay_port();
  const Endpoint peer = open_peer_port();
  const Endpoint closed = free_port(any_port_);

  peer_.send({.source = peer, .destination = closed}, "to nobody");
  peer_.io.flush();
  peer_.run_until_errors(1);
  relay_.send({.source = open, .destination = closed}, "to nobody");
  relay_.io.flush();
  relay_.run_until_errors(1);

  EXPECT_EQ(relay_.errors.at(0).local, open);
}

TEST_P(SteeredPorts, linger_for_the_next_to_open_them) {
  Host relay(kLinger);
  ASSERT_NO_FATAL_FAILURE(steer({&relay}));
  const Endpoint port = open_port(relay);
  const Endpoint peer = open_peer_port();

  relay.io.close_port(port);
  relay.io.flush();
  EXPECT_FALSE(UdpSocket::open(port)) << "is bound still";
  ASSERT_TRUE(relay.io.open_port(port));
  peer_.send({.source = peer, .destination = port}, "for the next");
  peer_.io.flush();
  relay.run_until_arrivals(1);

  EXPECT_EQ(relay.arrivals.at(0).meta.local, port);
  EXPECT_EQ(relay.arrivals.at(0).payload, "for the next");
}

TEST_P(SteeredPorts, are_new_for_the_next_when_somebody_sent_to_them) {
  Host relay(kLinger);
  ASSERT_NO_FATAL_FAILURE(steer({&relay}));
  const Endpoint port = open_port(relay);
  const Endpoint peer = open_peer_port();
  relay.io.close_port(port);
  peer_.send({.source = peer, .destination = port}, "late");
  peer_.io.flush();

  ASSERT_TRUE(relay.io.open_port(port));
  peer_.send({.source = peer, .destination = port}, "for the next");
  peer_.io.flush();
  relay.run_until_arrivals(1);

  EXPECT_EQ(relay.arrivals.at(0).payload, "for the next");
}

TEST_P(SteeredPorts, are_plain_ports_again_when_the_steering_is_gone) {
  const Endpoint port = open_relay_port();
  relay_.io.close_port(port);
  relay_.io.flush();
  Host plain;
  ASSERT_TRUE(plain.io.open_port(port));
  const Endpoint peer = open_peer_port();

  {
    auto dying = PortSteering::attach(any_port_.address, 1);
    ASSERT_TRUE(dying);
    (*dying)->open(port.port);
  }
  peer_.send({.source = peer, .destination = port}, "plain");
  peer_.io.flush();
  plain.run_until_arrivals(1);

  EXPECT_EQ(plain.arrivals.at(0).payload, "plain");
}

// Of the calling thread: the kernel's own interface, which has no wrapper here.
void drop_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct none[2]{};
  ASSERT_EQ(::syscall(SYS_capset, &header, none), 0);
}

TEST(PortSteering, says_which_capabilities_it_lacks) {
  std::string message;

  std::thread([&] {
    drop_capabilities();
    const auto steering = PortSteering::attach(endpoint("127.0.0.77:0").address, 1);
    if (!steering) message = steering.error().message;
  }).join();

  EXPECT_THAT(message, testing::HasSubstr("CAP_BPF"));
}

INSTANTIATE_TEST_SUITE_P(BothFamilies, SteeredPorts, testing::Values("127.0.0.77:0", "[::1]:0"),
                         [](const auto& family) { return family.index == 0 ? "v4" : "v6"; });

}  // namespace steered_ports_test
}  // namespace overlay
