// Which frames the XDP program relays, what they look like then, and which it leaves to the sockets.
#include "tests/integration/fast_path/flow_relay.h"

#include <string>
#include <vector>

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "overlay/base/wire.h"
#include "overlay/io/udp_header.h"
#include "overlay/loop/file_descriptor.h"

namespace relay {
namespace flow_relay_test {

// A network namespace for this thread, with a loopback device of that MTU.
class OwnNetwork {
 public:
  explicit OwnNetwork(int mtu) : home_(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
    EXPECT_EQ(::unshare(CLONE_NEWNET), 0);
    const overlay::FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{.ifr_ifrn = {"lo"}, .ifr_ifru = {}};
    request.ifr_mtu = mtu;
    EXPECT_EQ(::ioctl(socket.get(), SIOCSIFMTU, &request), 0);
  }
  ~OwnNetwork() { EXPECT_EQ(::setns(home_.get(), CLONE_NEWNET), 0); }
  OwnNetwork(const OwnNetwork&) = delete;
  OwnNetwork& operator=(const OwnNetwork&) = delete;

 private:
  overlay::FileDescriptor home_;
};

TEST_P(FlowRelay, sends_channel_data_to_the_peer_and_its_datagrams_to_the_client) {
  enter_and_hear();

  expect_relayed_to_peer(from_client(channel_data("to the peer"), 0xb8), "to the peer", 0xb8);
  expect_relayed_to_client(from_peer("to the client", 0x03), channel_data("to the client"), 0x03);
}

TEST_P(FlowRelay, takes_payloads_of_any_length) {
  enter_and_hear();

  for (const std::size_t size :
       std::vector<std::size_t>{0, 1, 2, 3, 5, 31, 172, 511, 513, 1023, 1024, 1025, 1200, 1400}) {
    std::string payload(size, 'x');
    for (std::size_t i = 0; i < size; ++i)
      payload[i] = static_cast<char>(0x80 + i * 7);
    expect_relayed_to_peer(from_client(channel_data(payload)), payload);
    expect_relayed_to_client(from_peer(payload), channel_data(payload));
  }
}

TEST_P(FlowRelay, leaves_what_is_too_long_with_the_channel_header_to_the_sockets) {
  enter_and_hear();

  expect_left_to_sockets(from_client(channel_data(std::string(2'100, 'x'))));
  expect_left_to_sockets(from_peer(std::string(2'048, 'x')));
}

TEST_P(FlowRelay, leaves_what_the_interface_cannot_take_whole_to_the_sockets) {
  const OwnNetwork network(1'000);  // its loopback device is where these frames leave
  enter_and_hear();
  const std::size_t udp = udp_header_of(from_peer("")) + 8 - kIpHeader;
  const std::string whole(1'000 - udp, 'x');
  const std::string one_more = whole + "x";

  expect_relayed_to_peer(from_client(channel_data(whole)), whole);
  expect_left_to_sockets(from_client(channel_data(one_more)));
  const std::string with_header = whole.substr(kChannelHeaderSize);
  expect_relayed_to_client(from_peer(with_header), channel_data(with_header));
  expect_left_to_sockets(from_peer(with_header + "x"));
}

TEST_P(FlowRelay, waits_until_both_sides_were_heard) {
  enter(flow());

  expect_left_to_sockets(from_client(channel_data("first")));
  expect_relayed_to_client(from_peer("first of the peer"), channel_data("first of the peer"));
  expect_relayed_to_peer(from_client(channel_data("second")), "second");
}

TEST_P(FlowRelay, answers_by_the_way_that_a_client_came_from) {
  enter_and_hear();
  RelayFlow other = flow();
  other.peer.port = 7'777;
  other.channel = ChannelNumber(0x4124);
  enter(other);
  const FrameEnds elsewhere{.source = {2, 0, 0, 0, 0, 7}, .destination = {2, 0, 0, 0, 0, 8}};
  const overlay::ByteVector moved = make_frame(elsewhere, {.source = client_, .destination = listener_},
                                               channel_data("from elsewhere", other.channel));

  (void)run(moved);
  const Outcome outcome =
      run(make_frame(kFromPeer, {.source = other.peer, .destination = relayed_}, bytes_of("back")));

  const auto taken = take_apart(outcome.frame);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->ends.destination, elsewhere.source);
  EXPECT_EQ(taken->ends.source, elsewhere.destination);
}

// Source addresses can be made up, by whoever reaches any interface of this host.
TEST_P(FlowRelay, gives_no_media_to_who_pretends_to_be_a_client) {
  enter_and_hear();

  (void)run(from_elsewhere("I am the client"));
  expect_left_to_sockets(from_peer("a secret"));
  (void)run(from_client(channel_data("the true one")));
  (void)run(from_elsewhere("I am"));
  (void)run(from_elsewhere("I am, I say"));
  expect_left_to_sockets(from_peer("another secret"));
}

TEST_P(FlowRelay, relays_again_when_only_the_true_one_was_heard_for_a_while) {
  enter_and_hear();
  (void)run(from_elsewhere("I am the client"));
  (void)run(from_client(channel_data("the true one")));

  end_doubts();
  (void)run(from_client(channel_data("still here")));

  expect_relayed_to_client(from_peer("back"), channel_data("back"));
}

TEST_P(FlowRelay, follows_a_client_to_another_next_hop_when_it_sends_from_nowhere_else) {
  enter_and_hear();
  (void)run(from_elsewhere("I moved"));

  end_doubts();
  (void)run(from_elsewhere("I live here now"));
  const auto taken = take_apart(run(from_peer("back")).frame);

  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->ends.destination, kElsewhere.source);
}

TEST_P(FlowRelay, leaves_flows_to_the_sockets_while_their_interface_is_closed) {
  enter_and_hear();

  xdp_->set_open(loopback_, false);
  expect_left_to_sockets(from_client(channel_data("closed")));
  expect_left_to_sockets(from_peer("closed"));

  xdp_->set_open(loopback_, true);
  expect_relayed_to_peer(from_client(channel_data("open")), "open");
}

TEST_P(FlowRelay, counts_what_it_gave_to_an_interface) {
  enter_and_hear();  // one datagram of the peer is relayed
  (void)run(from_client(channel_data("two")));
  expect_left_to_sockets(from_client(channel_data("another channel", ChannelNumber(0x4124))));

  EXPECT_EQ(xdp_->sent(loopback_), 2u);
}

TEST_P(FlowRelay, relays_a_peers_datagram_that_looks_like_channel_data) {
  enter_and_hear();
  const overlay::ByteVector lookalike = channel_data("payload");
  const overlay::ByteVector frame = from_peer(overlay::as_text(lookalike));

  expect_relayed_to_client(frame, channel_data(overlay::as_text(lookalike)));
}

TEST_P(FlowRelay, accepts_the_sum_of_the_pseudo_header_alone) {
  enter_and_hear();
  overlay::ByteVector frame = from_client(channel_data("never left this host"));
  const std::size_t udp = udp_header_of(frame);
  // As the kernel leaves it where hardware would add the rest.
  const bool v4 = client_.address.is_v4();
  overlay::ByteArray<4> rest{0, 17};
  overlay::store_be(rest.data() + 2, overlay::load_be<std::uint16_t>(frame.data() + udp + 4));
  const auto addresses = overlay::Bytes(frame).subspan(kIpHeader + (v4 ? 12 : 8), v4 ? 8 : 32);
  overlay::store_be(frame.data() + udp + 6, overlay::internet_sum(rest, overlay::internet_sum(addresses)));

  expect_relayed_to_peer(frame, "never left this host");
}

TEST_P(FlowRelay, leaves_a_broken_checksum_to_the_sockets) {
  enter_and_hear();
  overlay::ByteVector to_peer = from_client(channel_data("broken on the way"));
  overlay::ByteVector to_client = from_peer("broken on the way");
  to_peer.back() ^= 1;
  to_client.back() ^= 1;

  expect_left_to_sockets(to_peer);
  expect_left_to_sockets(to_client);
}

TEST_P(FlowRelay, leaves_padding_and_wrong_lengths_to_the_sockets) {
  enter_and_hear();
  overlay::ByteVector padded = channel_data("three");
  padded.resize(12);
  overlay::ByteVector too_long = channel_data("short");
  too_long[3] = 200;
  overlay::ByteVector cut = from_client(channel_data("a frame that ends early"));
  cut.resize(cut.size() - 6);

  expect_left_to_sockets(from_client(padded));
  expect_left_to_sockets(from_client(too_long));
  expect_left_to_sockets(cut);
}

TEST_P(FlowRelay, leaves_every_frame_that_is_cut_short_to_the_sockets) {
  enter_and_hear();
  const overlay::ByteVector whole = from_client(channel_data("whole"));

  for (std::size_t size = kIpHeader; size < whole.size(); ++size)
    expect_left_to_sockets({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
}

TEST_P(FlowRelay, leaves_frames_to_a_group_to_the_sockets) {
  enter_and_hear();
  const FrameEnds to_all{.source = kFromClient.source, .destination = {255, 255, 255, 255, 255, 255}};

  expect_left_to_sockets(
      make_frame(to_all, {.source = client_, .destination = listener_}, channel_data("to all")));
  expect_relayed_to_client(from_peer("to one"), channel_data("to one"));
}

TEST_P(FlowRelay, leaves_strangers_and_other_channels_to_the_sockets) {
  enter_and_hear();
  overlay::DatagramRoute stranger{.source = client_, .destination = listener_};
  stranger.source.port = 1;

  expect_left_to_sockets(make_frame(kFromClient, stranger, channel_data("who")));
  expect_left_to_sockets(from_client(channel_data("which", ChannelNumber(0x4124))));
  expect_left_to_sockets(from_client(bytes_of("\x00\x01 a request, say")));
  expect_left_to_sockets(
      make_frame(kFromClient, {.source = client_, .destination = relayed_}, bytes_of("not a peer")));
}

INSTANTIATE_TEST_SUITE_P(Families, FlowRelay, testing::Values(kAddressesV4, kAddressesV6), family_of);

// ---- what only IPv4 has ----

class FlowRelayV4 : public FlowRelay {};

TEST_P(FlowRelayV4, accepts_a_datagram_without_checksum) {
  enter_and_hear();
  overlay::ByteVector frame = from_client(channel_data("unchecked"));
  const std::size_t udp = udp_header_of(frame);
  frame[udp + 6] = frame[udp + 7] = 0;

  expect_relayed_to_peer(frame, "unchecked");
}

TEST_P(FlowRelayV4, leaves_fragments_and_options_to_the_sockets) {
  enter_and_hear();
  overlay::ByteVector first_fragment = from_client(channel_data("part"));
  first_fragment[kIpHeader + 6] = 0x20;
  overlay::ByteVector later_fragment = from_client(channel_data("part"));
  later_fragment[kIpHeader + 7] = 1;
  overlay::ByteVector with_options = from_client(channel_data("part"));
  with_options[kIpHeader] = 0x46;

  expect_left_to_sockets(first_fragment);
  expect_left_to_sockets(later_fragment);
  expect_left_to_sockets(with_options);
}

TEST_P(FlowRelayV4, leaves_other_protocols_to_the_kernel) {
  enter_and_hear();
  overlay::ByteVector tcp = from_client(channel_data("tcp"));
  tcp[kIpHeader + 9] = 6;
  overlay::ByteVector arp = from_client(channel_data("arp"));
  arp[13] = 6;

  expect_left_to_sockets(tcp);
  expect_left_to_sockets(arp);
}

INSTANTIATE_TEST_SUITE_P(Families, FlowRelayV4, testing::Values(kAddressesV4), family_of);

}  // namespace flow_relay_test
}  // namespace relay
