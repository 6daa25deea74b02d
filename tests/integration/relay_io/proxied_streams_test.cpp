// Connections that a proxy hands on: whose they are, and who pays for them, over loopback.
#include <array>
#include <cstring>
#include <deque>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "overlay/base/wire.h"
#include "overlay/io/socket_address.h"
#include "relay/io/client_streams.h"

namespace relay {
namespace {

class NoSink final : public TransportSink {
 public:
  overlay::PacketBuffer& acquire_received() override { return buffer_; }
  void on_client_message(const overlay::DatagramMeta&, overlay::PacketBuffer&) override {}
  bool is_served(const FiveTuple&) override { return false; }
  void on_client_closed(const FiveTuple&) override {}

 private:
  overlay::PacketBuffer buffer_;
};

// "PROXY" of TCP over IPv4 (version 2), from that client.
overlay::ByteVector proxy_header(const overlay::Endpoint& client) {
  overlay::ByteVector header{0x0d, 0x0a, 0x0d, 0x0a, 0,    0x0d, 0x0a, 0x51,
                             0x55, 0x49, 0x54, 0x0a, 0x21, 0x11, 0,    12};
  const overlay::Bytes address = client.address.octets();
  header.insert(header.end(), address.begin(), address.end());
  header.insert(header.end(), {127, 0, 0, 1});
  overlay::ByteArray<4> ports;
  overlay::store_be(ports.data(), client.port);
  overlay::store_be(ports.data() + 2, std::uint16_t{443});
  header.insert(header.end(), ports.begin(), ports.end());
  return header;
}

// The smallest ClientHello: without extensions, so for no protocol and no name.
overlay::ByteVector client_hello() {
  overlay::ByteVector record{22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 3};
  record.resize(record.size() + 32);
  record.insert(record.end(), {0, 0, 2, 0x13, 1, 1, 0});
  return record;
}

class ProxiedStreams : public testing::Test {
 protected:
  ProxiedStreams() {
    const auto local = find_free_port();
    EXPECT_TRUE(streams_.open_listener({.local = local,
                                        .takes_plain = false,
                                        .proxies = {*overlay::IpPrefix::parse("127.0.0.0/8")},
                                        .backend = backend_.local()},
                                       false));
    to_length_ = overlay::to_socket_address(local, to_);
  }
  static overlay::Endpoint find_free_port() {
    return TcpListener::open(overlay::Endpoint::parse("127.0.0.1:0").value(), false)->local();
  }

  // A connection whose first segment is the proxy's header and what the client says.
  void hand_on(const overlay::Endpoint& client) {
    overlay::ByteVector first = proxy_header(client);
    const overlay::ByteVector hello = client_hello();
    first.insert(first.end(), hello.begin(), hello.end());
    overlay::FileDescriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::connect(fd.get(), &to_.any, to_length_), 0);
    ASSERT_EQ(::send(fd.get(), first.data(), first.size(), MSG_NOSIGNAL), static_cast<ssize_t>(first.size()));
    connected_.push_back(std::move(fd));
    const std::uint64_t known = decided();
    while (decided() == known) {
      loop_.run_once();
      streams_.flush();
    }
  }
  [[nodiscard]] std::uint64_t passed_on() const {
    return streams_.counters().closed[static_cast<std::size_t>(StreamEnd::kPassedOn)];
  }
  [[nodiscard]] std::uint64_t refused() const { return streams_.counters().refused_source_full; }
  [[nodiscard]] std::uint64_t decided() const { return passed_on() + refused(); }

  TcpListener backend_ = TcpListener::open(overlay::Endpoint::parse("127.0.0.1:0").value(), false).value();
  overlay::EventLoop loop_;
  NoSink sink_;
  ClientStreams streams_{loop_, sink_, {.limits = {.in_all = 10, .per_source = 2}}};
  overlay::SocketAddress to_{};
  socklen_t to_length_ = 0;
  std::deque<overlay::FileDescriptor> connected_;
};

TEST_F(ProxiedStreams, for_the_backend_are_counted_to_their_clients_and_not_to_the_proxy) {
  for (const char* client :
       {"198.51.100.1:5000", "198.51.100.2:5000", "198.51.100.3:5000", "198.51.100.4:5000"})
    hand_on(overlay::Endpoint::parse(client).value());

  EXPECT_EQ(passed_on(), 4u);
  EXPECT_EQ(refused(), 0u);
}

TEST_F(ProxiedStreams, of_one_client_are_as_few_as_those_that_come_without_a_proxy) {
  for (const char* client : {"198.51.100.1:5000", "198.51.100.1:5001", "198.51.100.1:5002"})
    hand_on(overlay::Endpoint::parse(client).value());

  EXPECT_EQ(passed_on(), 2u);
  EXPECT_EQ(refused(), 1u);
}

}  // namespace
}  // namespace relay
