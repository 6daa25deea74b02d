// The listeners of TCP allocations, on loopback.
#include "relay/io/peer_sockets.h"

#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "overlay/io/socket_address.h"
#include "overlay/loop/descriptor_reserve.h"
#include "tests/integration/no_descriptors.h"
#include "tests/integration/no_watches.h"

namespace relay {
namespace peer_sockets_test {

// Wants every connection.
class Events final : public PeerEvents {
 public:
  std::uint32_t attempts = 0;

 private:
  void on_peer_connected(ConnectionId) override {}
  void on_peer_failed(ConnectionId) override {}
  std::optional<ConnectionId> on_peer_attempt(const overlay::Endpoint&, const overlay::Endpoint&) override {
    return ConnectionId{++attempts};
  }
  void on_client_bound(const FiveTuple&) override {}
  void on_peer_bytes(ConnectionId, std::size_t, std::size_t) override {}
  void on_peer_closed(ConnectionId) override {}
  void on_data_connection_closed(const overlay::IpAddress&) override {}
};

overlay::FileDescriptor connect_to(const overlay::Endpoint& listener) {
  overlay::FileDescriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  overlay::SocketAddress to{};
  const socklen_t length = overlay::to_socket_address(listener, to);
  EXPECT_EQ(::connect(fd.get(), &to.any, length), 0);
  return fd;
}

TEST(ListenersOfTcpAllocations, do_not_keep_the_thread_busy_while_no_descriptor_is_left_for_a_peer) {
  overlay::EventLoop loop;
  Events events;
  PeerSockets peers(loop, events);
  const overlay::Endpoint relayed =
      TcpListener::open(overlay::Endpoint::parse("127.0.0.1:0").value())->local();
  ASSERT_TRUE(peers.listen(relayed));
  ASSERT_EQ(peers.next_timeout(), overlay::kNever);
  const auto peer = connect_to(relayed);

  EXPECT_LT(rounds_without_descriptors(loop), 5u);
  EXPECT_EQ(events.attempts, 0u);

  peers.on_timer(peers.next_timeout());
  while (events.attempts == 0)
    loop.run_once();
  EXPECT_EQ(peers.next_timeout(), overlay::kNever);
}

// Each round ends an allocation and opens as many as there is room for.
TEST(ListenersOfTcpAllocations, leave_the_reserve_to_the_operator_even_when_allocations_come_and_go) {
  overlay::EventLoop loop;
  Events events;
  PeerSockets peers(loop, events);
  constexpr std::size_t kLimit = 120;
  const DescriptorLimit limit(kLimit);
  std::uint16_t port = 41'000;
  std::vector<overlay::Endpoint> opened;

  for (int round = 0; round < 40; ++round) {
    for (bool is_open = true; is_open && opened.size() < kLimit;) {
      const overlay::Endpoint relayed{overlay::IpAddress::v4({127, 43, 0, 1}), port++};
      is_open = peers.listen(relayed);
      if (is_open) opened.push_back(relayed);
    }
    ASSERT_GE(opened.size(), kLimit / 3);
    EXPECT_GE(count_free_descriptors(), overlay::reserved_descriptors(kLimit));
    peers.close_listener(opened[static_cast<std::size_t>(round)]);
    peers.flush();
  }
}

TEST(ListenersOfTcpAllocations, are_refused_when_the_kernel_watches_no_more_sockets) {
  overlay::EventLoop loop;
  Events events;
  PeerSockets peers(loop, events);
  const overlay::Endpoint relayed =
      TcpListener::open(overlay::Endpoint::parse("127.0.0.1:0").value())->local();
  const auto peer = TcpListener::open(overlay::Endpoint::parse("127.0.0.1:0").value()).value();

  {
    const NoWatches none;
    EXPECT_FALSE(peers.listen(relayed));
    EXPECT_FALSE(peers.connect(ConnectionId{1}, relayed, peer.local()));
  }

  EXPECT_EQ(peers.counters().failed, 1u);
  EXPECT_EQ(peers.open_connections(), 0u);
  EXPECT_TRUE(peers.listen(relayed));
}

}  // namespace peer_sockets_test
}  // namespace relay
