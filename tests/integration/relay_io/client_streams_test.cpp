// Clients' connections over loopback: whose they are that a proxy hands on, and what they may not do for
// ever.
#include "relay/io/client_streams.h"

#include <array>
#include <chrono>
#include <cstring>
#include <deque>
#include <set>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "overlay/base/wire.h"
#include "overlay/io/socket_address.h"
#include "overlay/loop/system_clock.h"
#include "relay/io/proxy_header.h"
#include "tests/integration/no_descriptors.h"
#include "tests/integration/no_watches.h"
#include "tests/integration/relay_io/test_certificate.h"

namespace relay {
namespace client_streams_test {

class NoSink : public TransportSink {
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

overlay::Endpoint find_free_port() {
  return TcpListener::open(overlay::Endpoint::parse("127.0.0.1:0").value())->local();
}

overlay::FileDescriptor connect_and_send(const overlay::Endpoint& server, overlay::Bytes first) {
  overlay::SocketAddress to{};
  const socklen_t length = overlay::to_socket_address(server, to);
  overlay::FileDescriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::connect(fd.get(), &to.any, length), 0);
  EXPECT_EQ(::send(fd.get(), first.data(), first.size(), MSG_NOSIGNAL), static_cast<ssize_t>(first.size()));
  return fd;
}

overlay::Endpoint name_of(const overlay::FileDescriptor& fd) {
  overlay::SocketAddress name{};
  socklen_t length = sizeof name;
  EXPECT_EQ(::getsockname(fd.get(), &name.any, &length), 0);
  return overlay::to_endpoint(name);
}

class ProxiedStreams : public testing::Test {
 protected:
  ProxiedStreams() {
    EXPECT_TRUE(streams_.open_listener({.local = local_,
                                        .takes_plain = false,
                                        .proxies = {*overlay::IpPrefix::parse("127.0.0.0/8")},
                                        .backend = HttpsBackend{.address = backend_.local()}},
                                       false));
  }

  // A connection whose first segment is the proxy's header and what the client says.
  void hand_on(const overlay::Endpoint& client) {
    overlay::ByteVector first = proxy_header(client);
    const overlay::ByteVector hello = client_hello();
    first.insert(first.end(), hello.begin(), hello.end());
    connected_.push_back(connect_and_send(local_, first));
    const std::uint64_t known = decided();
    while (decided() == known) {
      loop_.run_once();
      streams_.flush();
    }
  }
  [[nodiscard]] std::uint64_t ended(StreamEnd why) const {
    return streams_.counters().closed[static_cast<std::size_t>(why)];
  }
  [[nodiscard]] std::uint64_t passed_on() const { return ended(StreamEnd::kPassedOn); }
  [[nodiscard]] std::uint64_t refused() const { return streams_.counters().refused_source_full; }
  [[nodiscard]] std::uint64_t decided() const { return passed_on() + ended(StreamEnd::kRefused); }

  TcpListener backend_ = TcpListener::open(overlay::Endpoint::parse("127.0.0.1:0").value()).value();
  const overlay::Endpoint local_ = find_free_port();
  overlay::EventLoop loop_;
  NoSink sink_;
  HandshakeQueue handshakes_{0};
  ClientStreams streams_{loop_, sink_, handshakes_, {.limits = {.in_all = 10, .per_source = 2}}};
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

// The backend's clients prove nothing to us, so those of TURN keep half of the places.
TEST_F(ProxiedStreams, for_the_backend_get_half_of_all_places) {
  for (int network = 0; network < 7; ++network)
    hand_on(overlay::Endpoint::parse("198.51." + std::to_string(network) + ".1:5000").value());

  EXPECT_EQ(passed_on(), 5u);
  EXPECT_EQ(ended(StreamEnd::kRefused), 2u);
}

// The first bytes of the connection that the backend gets.
overlay::ByteVector receive(TcpListener& backend, overlay::EventLoop& loop, std::size_t size) {
  std::optional<AcceptedSocket> accepted;
  while (!(accepted = backend.accept()))
    loop.run_once();
  overlay::ByteVector received(size);
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t count = ::recv(accepted->fd.get(), received.data() + filled, size - filled, 0);
    if (count > 0)
      filled += static_cast<std::size_t>(count);
    else
      loop.run_once();
  }
  return received;
}

class BackendOfPassedOnStreams : public testing::Test {
 protected:
  // The client's own bytes, and before them what says who it is.
  void expect_at_backend(const StreamEnds& ends) {
    overlay::ByteVector expected = encode_proxy_header(ends);
    const overlay::ByteVector hello = client_hello();
    expected.insert(expected.end(), hello.begin(), hello.end());
    EXPECT_EQ(receive(backend_, loop_, expected.size()), expected);
  }
  void open_listener(std::vector<overlay::IpPrefix> proxies) {
    ASSERT_TRUE(streams_.open_listener(
        {.local = local_,
         .takes_plain = false,
         .proxies = std::move(proxies),
         .backend = HttpsBackend{.address = backend_.local(), .takes_proxy_header = true}},
        false));
  }

  TcpListener backend_ = TcpListener::open(overlay::Endpoint::parse("127.0.0.1:0").value()).value();
  const overlay::Endpoint local_ = find_free_port();
  overlay::EventLoop loop_;
  NoSink sink_;
  HandshakeQueue handshakes_{0};
  ClientStreams streams_{loop_, sink_, handshakes_, {}};
};

TEST_F(BackendOfPassedOnStreams, is_told_who_calls_if_it_takes_that) {
  open_listener({});

  const auto client = connect_and_send(local_, client_hello());

  expect_at_backend({.client = name_of(client), .server = local_});
}

TEST_F(BackendOfPassedOnStreams, is_told_what_the_proxy_in_front_has_told_us) {
  open_listener({*overlay::IpPrefix::parse("127.0.0.0/8")});
  const auto client = overlay::Endpoint::parse("198.51.100.1:5000").value();
  overlay::ByteVector first = proxy_header(client);
  const overlay::ByteVector hello = client_hello();
  first.insert(first.end(), hello.begin(), hello.end());

  const auto proxy = connect_and_send(local_, first);

  expect_at_backend({.client = client, .server = overlay::Endpoint::parse("127.0.0.1:443").value()});
}

TEST_F(BackendOfPassedOnStreams, is_told_the_proxy_when_that_speaks_for_itself) {
  open_listener({*overlay::IpPrefix::parse("127.0.0.0/8")});
  overlay::ByteVector first = proxy_header({});
  first.resize(16);
  first[12] = 0x20, first[13] = first[15] = 0;
  const overlay::ByteVector hello = client_hello();
  first.insert(first.end(), hello.begin(), hello.end());

  const auto proxy = connect_and_send(local_, first);

  expect_at_backend({.client = name_of(proxy), .server = local_});
}

TEST_F(BackendOfPassedOnStreams, gets_small_pieces_without_waiting_for_it_to_acknowledge_those_before) {
  open_listener({});
  const auto client = connect_and_send(local_, client_hello());
  std::optional<AcceptedSocket> accepted;
  while (!(accepted = backend_.accept()))
    loop_.run_once();
  const int off = 0;
  ASSERT_EQ(::setsockopt(accepted->fd.get(), IPPROTO_TCP, TCP_QUICKACK, &off, sizeof off), 0);
  std::array<std::uint8_t, 4096> seen;
  const auto arrived = [&] {
    return ::recv(accepted->fd.get(), seen.data(), seen.size(), MSG_PEEK | MSG_DONTWAIT);
  };
  while (arrived() <= 0)
    loop_.run_once();
  const ssize_t before = arrived();

  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(::send(client.get(), "x", 1, MSG_NOSIGNAL), 1);
    loop_.run_once();
  }

  EXPECT_EQ(arrived(), before + 3);
}

TEST_F(BackendOfPassedOnStreams, loses_a_client_whose_sockets_the_kernel_does_not_watch) {
  open_listener({});
  const auto client = connect_and_send(local_, {});
  while (streams_.open_connections() == 0)
    loop_.run_once();
  const overlay::ByteVector hello = client_hello();
  ASSERT_GT(::send(client.get(), hello.data(), hello.size(), MSG_NOSIGNAL), 0);

  {
    const NoWatches none;
    loop_.run_once();
  }
  streams_.flush();

  EXPECT_EQ(streams_.open_passages(), 0u);
  EXPECT_EQ(streams_.admitted(), 0u);
}

TEST_F(BackendOfPassedOnStreams, that_has_ended_does_not_leave_its_clients_here_for_ever) {
  open_listener({});
  const auto client = connect_and_send(local_, client_hello());
  std::optional<AcceptedSocket> accepted;
  while (!(accepted = backend_.accept()))
    loop_.run_once();
  ASSERT_EQ(::shutdown(accepted->fd.get(), SHUT_WR), 0);
  std::uint8_t byte = 0;
  while (::recv(client.get(), &byte, 1, MSG_DONTWAIT) != 0)
    loop_.run_once();
  const overlay::Instant ended = overlay::system_now();
  streams_.on_timer(ended - std::chrono::seconds(1));
  streams_.flush();
  ASSERT_EQ(streams_.open_passages(), 1u);
  ASSERT_EQ(streams_.admitted(), 1u);

  streams_.on_timer(ended + StreamPolicy{}.idle_for);
  streams_.flush();

  EXPECT_EQ(streams_.open_passages(), 0u);
  EXPECT_EQ(streams_.admitted(), 0u);
}

TEST(WaitingStreams, do_not_keep_the_thread_busy_while_no_descriptor_is_left_for_them) {
  overlay::EventLoop loop;
  NoSink sink;
  HandshakeQueue handshakes(0);
  ClientStreams streams(loop, sink, handshakes, {});
  const overlay::Endpoint local = find_free_port();
  ASSERT_TRUE(streams.open_listener({.local = local}, false));
  const auto client = connect_and_send(local, client_hello());

  EXPECT_LT(rounds_without_descriptors(loop), 5u);
  ASSERT_EQ(streams.open_connections(), 0u);

  streams.on_timer(streams.next_timeout());
  loop.run_once();

  EXPECT_EQ(streams.open_connections(), 1u);
}

TEST(RefusedStreams, are_counted_when_only_the_reserve_of_the_operator_is_left) {
  overlay::EventLoop loop;
  NoSink sink;
  HandshakeQueue handshakes(0);
  ClientStreams streams(loop, sink, handshakes, {});
  const overlay::Endpoint local = find_free_port();
  ASSERT_TRUE(streams.open_listener({.local = local}, false));
  const auto client = connect_and_send(local, client_hello());
  const overlay::FileDescriptor last(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const auto next = static_cast<rlim_t>(last.get()) + 1;
  const DescriptorLimit limit(next + next / 8);

  loop.run_once();

  EXPECT_EQ(streams.counters().refused_no_descriptor, 1u);
  EXPECT_EQ(streams.open_connections(), 0u);
}

TEST(RefusedStreams, are_counted_and_hold_no_place_when_the_kernel_watches_no_more_sockets) {
  overlay::EventLoop loop;
  NoSink sink;
  HandshakeQueue handshakes(0);
  ClientStreams streams(loop, sink, handshakes, {});
  const overlay::Endpoint local = find_free_port();
  ASSERT_TRUE(streams.open_listener({.local = local}, false));
  const auto client = connect_and_send(local, client_hello());

  {
    const NoWatches none;
    loop.run_once();
  }

  EXPECT_EQ(streams.counters().refused_no_descriptor, 1u);
  EXPECT_EQ(streams.counters().accepted, 0u);
  EXPECT_EQ(streams.admitted(), 0u);
  EXPECT_EQ(streams.open_connections(), 0u);
}

TEST(WaitingStreams, are_accepted_when_the_kernel_watches_their_listener_at_last) {
  overlay::EventLoop loop;
  NoSink sink;
  HandshakeQueue handshakes(0);
  ClientStreams streams(loop, sink, handshakes, {});
  const overlay::Endpoint local = find_free_port();
  {
    const NoWatches none;
    ASSERT_TRUE(streams.open_listener({.local = local}, false));
    streams.on_timer(streams.next_timeout());
  }
  const auto client = connect_and_send(local, client_hello());
  ASSERT_NE(streams.next_timeout(), overlay::kNever);

  streams.on_timer(streams.next_timeout());
  loop.run_once();

  EXPECT_EQ(streams.open_connections(), 1u);
}

// Serves every client, and keeps the origin of the last message.
class ServingSink final : public NoSink {
 public:
  void on_client_message(const overlay::DatagramMeta& meta, overlay::PacketBuffer&) override {
    client = five_tuple_of(meta);
  }
  bool is_served(const FiveTuple&) override { return true; }

  std::optional<FiveTuple> client;
};

// The timer may run between the moment when a message is queued and the moment when the round is flushed.
TEST(IdleStreams, are_not_stalled_by_a_message_that_no_socket_has_refused) {
  overlay::EventLoop loop;
  ServingSink sink;
  HandshakeQueue handshakes(0);
  ClientStreams streams(loop, sink, handshakes, {});
  const overlay::Endpoint local = find_free_port();
  ASSERT_TRUE(streams.open_listener({.local = local}, false));
  overlay::ByteArray<20> binding{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42};
  const auto connected = connect_and_send(local, binding);
  while (!sink.client) {
    loop.run_once();
    streams.flush();
  }

  streams.send(route_to_client(*sink.client), binding);
  streams.on_timer(overlay::system_now() + 2 * StreamPolicy{}.stalled_for);

  EXPECT_EQ(streams.open_connections(), 1u);
  streams.flush();
  overlay::ByteArray<20> received{};
  EXPECT_EQ(::recv(connected.get(), received.data(), received.size(), MSG_WAITALL), 20);
}

// A stranger who names what another data plane holds, and there what the first one holds, and so on.
TEST(HandedStreams, have_no_more_time_to_get_an_allocation_than_others) {
  using namespace std::chrono_literals;
  overlay::EventLoop loop;
  NoSink sink;
  HandshakeQueue handshakes(0);
  ClientStreams first(loop, sink, handshakes, {.prove_within = 1s});
  ClientStreams second(loop, sink, handshakes, {.prove_within = 1h});
  first.set_data_connections(
      {.find_holder = [](const FiveTuple&, overlay::Bytes) { return std::optional<std::size_t>(1); },
       .hand_over = [&](std::size_t,
                        std::unique_ptr<ClientStream> stream) { second.adopt(std::move(stream)); },
       .join = {}});
  const overlay::Endpoint local = find_free_port();
  ASSERT_TRUE(first.open_listener({.local = local}, false));
  overlay::ByteArray<20> binding{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42};
  const auto client = connect_and_send(local, binding);
  while (second.open_connections() == 0) {
    loop.run_once();
    first.flush();
  }

  second.on_timer(overlay::system_now() + 2s);

  EXPECT_EQ(second.open_connections(), 0u);
  EXPECT_EQ(second.counters().closed[static_cast<std::size_t>(StreamEnd::kNotProven)], 1u);
}

class AllocatedSink final : public NoSink {
 public:
  bool is_served(const FiveTuple& client) override { return served.contains(client.client); }

  std::set<overlay::Endpoint> served;
};

TEST(FullStreams, evict_the_oldest_without_an_allocation_and_never_one_with) {
  overlay::EventLoop loop;
  AllocatedSink sink;
  HandshakeQueue handshakes(0);
  ClientStreams streams(loop, sink, handshakes, {.limits = {.in_all = 3, .per_source = 10}});
  const overlay::Endpoint local = find_free_port();
  ASSERT_TRUE(streams.open_listener({.local = local}, false));
  std::vector<overlay::FileDescriptor> clients;
  const auto evicted = [&] {
    return streams.counters().closed[static_cast<std::size_t>(StreamEnd::kEvicted)];
  };
  const auto decided = [&] { return streams.counters().accepted + streams.counters().refused_full; };
  const auto connect = [&] {
    const std::uint64_t known = decided();
    clients.push_back(connect_and_send(local, {}));
    while (decided() == known)
      loop.run_once();
    streams.flush();
  };
  connect();
  sink.served.insert(name_of(clients[0]));
  connect();
  connect();

  connect();
  connect();

  ASSERT_EQ(evicted(), 2u);
  EXPECT_EQ(streams.open_connections(), 3u);
  char byte = 0;
  EXPECT_EQ(::recv(clients[1].get(), &byte, 1, 0), 0);
  EXPECT_EQ(::recv(clients[2].get(), &byte, 1, 0), 0);
  EXPECT_EQ(::recv(clients[0].get(), &byte, 1, MSG_DONTWAIT), -1);
  EXPECT_EQ(::recv(clients[4].get(), &byte, 1, MSG_DONTWAIT), -1);
}

// A client that does its handshake step by step, and the server in the same thread.
class TlsStreams : public testing::Test {
 protected:
  TlsStreams() { EXPECT_TRUE(streams_.open_listener({.local = local_, .tls = identity_.get()}, false)); }

  static overlay::FileDescriptor connect(const overlay::Endpoint& server) {
    overlay::FileDescriptor fd = connect_and_send(server, {});
    EXPECT_EQ(::fcntl(fd.get(), F_SETFL, O_NONBLOCK), 0);
    return fd;
  }
  // Until the server has read what the client has sent.
  void read_flight() {
    while (handshakes_.size() == 0)
      loop_.run_once();
  }
  void end_round(overlay::Instant now) {
    handshakes_.serve(now);
    streams_.flush();
  }

  TestCertificate files_;
  std::unique_ptr<TlsIdentity> identity_ = TlsIdentity::load(files_.certificate(), files_.key()).value();
  const overlay::Endpoint local_ = find_free_port();
  overlay::EventLoop loop_;
  NoSink sink_;
  HandshakeQueue handshakes_{1};
  ClientStreams streams_{loop_, sink_, handshakes_, {}};
  std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context_{::SSL_CTX_new(::TLS_client_method()),
                                                               &::SSL_CTX_free};
  std::unique_ptr<SSL, FreeSsl> ssl_{::SSL_new(context_.get())};
};

TEST_F(TlsStreams, take_each_step_of_a_handshake_only_in_its_turn_and_within_the_budget) {
  const auto client = connect(local_);
  ASSERT_NE(::SSL_set_fd(ssl_.get(), client.get()), 0);
  ::SSL_set_connect_state(ssl_.get());
  const overlay::Instant now = overlay::system_now();

  EXPECT_LT(::SSL_do_handshake(ssl_.get()), 0);
  read_flight();
  streams_.flush();
  EXPECT_LT(::SSL_do_handshake(ssl_.get()), 0);  // the server has not answered
  end_round(now);
  EXPECT_EQ(::SSL_do_handshake(ssl_.get()), 1);
  overlay::ByteArray<20> binding{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42};
  EXPECT_EQ(::SSL_write(ssl_.get(), binding.data(), binding.size()), 20);
  read_flight();
  end_round(now);
  EXPECT_EQ(streams_.counters().messages_in, 0u);  // one step is the budget at once
  end_round(now + std::chrono::milliseconds(500));
  while (streams_.counters().messages_in == 0)
    loop_.run_once();

  EXPECT_EQ(handshakes_.counters().steps, 2u);
  EXPECT_EQ(streams_.open_connections(), 1u);
}

TEST_F(TlsStreams, that_end_while_they_wait_give_up_their_place) {
  {
    const auto client = connect_and_send(local_, client_hello());
    read_flight();
  }
  EXPECT_EQ(handshakes_.size(), 1u);

  streams_.on_timer(overlay::system_now() + 2 * StreamPolicy{}.prove_within);

  EXPECT_EQ(streams_.open_connections(), 0u);
  EXPECT_EQ(handshakes_.size(), 0u);
}

}  // namespace client_streams_test
}  // namespace relay
