// The XDP program as the kernel runs it, on frames of our own (BPF_PROG_TEST_RUN): nothing is attached to any
// interface. Needs root. The frames come from loopback, so what is relayed leaves there.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <bpf/bpf.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "overlay/base/wire.h"
#include "overlay/io/system_clock.h"
#include "overlay/io/udp_header.h"
#include "relay/fast_path/flow_table.h"
#include "tests/integration/fast_path/frame.h"

namespace relay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr ChannelNumber kChannel{0x4123};
constexpr unsigned kLoopback = 1;  // the index of lo in every network namespace
constexpr FrameEnds kFromClient{.source = {2, 0, 0, 0, 0, 1}, .destination = {2, 0, 0, 0, 0, 9}};
constexpr FrameEnds kFromPeer{.source = {2, 0, 0, 0, 0, 2}, .destination = {2, 0, 0, 0, 0, 9}};

overlay::Endpoint endpoint(std::string_view text) {
  return overlay::Endpoint::parse(text).value();
}

overlay::ByteVector bytes_of(std::string_view text) {
  const overlay::Bytes bytes = overlay::as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

overlay::ByteVector channel_data(std::string_view payload, ChannelNumber channel = kChannel) {
  overlay::ByteVector message(kChannelHeaderSize);
  encode_channel_data({.channel = channel, .length = static_cast<std::uint16_t>(payload.size())}, message);
  const overlay::ByteVector body = bytes_of(payload);
  message.insert(message.end(), body.begin(), body.end());
  return message;
}

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

struct Addresses {
  const char* client;
  const char* listener;
  const char* relayed;
  const char* peer;
};

class FlowRelay : public testing::TestWithParam<Addresses> {
 protected:
  void SetUp() override {
    ASSERT_EQ(::geteuid(), 0u) << "only root may load XDP programs; run tools/test as root";
    auto loaded = XdpRelay::load();
    ASSERT_TRUE(loaded) << loaded.error().message;
    xdp_ = std::move(loaded).value();
    loopback_ = xdp_->admit(kLoopback).value();
    xdp_->set_open(loopback_, true);
    table_.emplace(*xdp_, 0, 1);
    table_->set_traffic_sink([this](const RelayFlow& flow, const FlowTraffic& traffic) {
      told_flows_.push_back(flow.channel);
      told_.packets_to_peer += traffic.packets_to_peer;
      told_.bytes_to_peer += traffic.bytes_to_peer;
      told_.packets_to_client += traffic.packets_to_client;
      told_.bytes_to_client += traffic.bytes_to_client;
    });
  }

  [[nodiscard]] RelayFlow flow() const {
    return {.client = {.client = client_, .server = listener_},
            .channel = kChannel,
            .relayed = relayed_,
            .peer = peer_,
            .until = overlay::system_now() + std::chrono::minutes(5)};
  }
  void enter(const RelayFlow& flow) { table_->enter(flow, overlay::system_now()); }
  // Both sides have sent something: it is known where they are.
  void enter_and_hear() {
    enter(flow());
    (void)run(from_client(channel_data("here is the client")));
    (void)run(from_peer("here is the peer"));
  }

  [[nodiscard]] overlay::ByteVector from_client(overlay::Bytes message,
                                                overlay::TrafficClass mark = 0) const {
    return make_frame(kFromClient, {.source = client_, .destination = listener_, .traffic_class = mark},
                      message);
  }
  [[nodiscard]] overlay::ByteVector from_peer(std::string_view payload,
                                              overlay::TrafficClass mark = 0) const {
    return make_frame(kFromPeer, {.source = peer_, .destination = relayed_, .traffic_class = mark},
                      overlay::as_bytes(payload));
  }

  struct Outcome {
    std::uint32_t action = 0;
    overlay::ByteVector frame;
  };
  Outcome run(overlay::Bytes frame) {
    Outcome outcome{.frame = overlay::ByteVector(4096)};
    bpf_test_run_opts options{};
    options.sz = sizeof options;
    options.data_in = frame.data();
    options.data_size_in = static_cast<std::uint32_t>(frame.size());
    options.data_out = outcome.frame.data();
    options.data_size_out = static_cast<std::uint32_t>(outcome.frame.size());
    options.repeat = 1;
    EXPECT_EQ(::bpf_prog_test_run_opts(xdp_->program(), &options), 0);
    outcome.action = options.retval;
    outcome.frame.resize(options.data_size_out);
    return outcome;
  }
  void expect_left_to_sockets(const overlay::ByteVector& frame) {
    const Outcome outcome = run(frame);
    EXPECT_EQ(outcome.action, static_cast<std::uint32_t>(XDP_PASS));
    EXPECT_EQ(outcome.frame, frame);
  }
  void expect_relayed_to_peer(const overlay::ByteVector& frame, std::string_view payload,
                              overlay::TrafficClass mark = 0) {
    expect_relayed(frame, relayed_, peer_, kFromPeer, bytes_of(payload), mark);
  }
  void expect_relayed_to_client(const overlay::ByteVector& frame, const overlay::ByteVector& message,
                                overlay::TrafficClass mark = 0) {
    expect_relayed(frame, listener_, client_, kFromClient, message, mark);
  }

  const overlay::Endpoint client_ = endpoint(GetParam().client);
  const overlay::Endpoint listener_ = endpoint(GetParam().listener);
  const overlay::Endpoint relayed_ = endpoint(GetParam().relayed);
  const overlay::Endpoint peer_ = endpoint(GetParam().peer);
  std::unique_ptr<XdpRelay> xdp_;
  InterfacePlace loopback_ = 0;
  std::optional<FlowTable> table_;
  FlowTraffic told_;
  std::vector<ChannelNumber> told_flows_;

 private:
  void expect_relayed(const overlay::ByteVector& frame, const overlay::Endpoint& source,
                      const overlay::Endpoint& destination, const FrameEnds& seen,
                      const overlay::ByteVector& payload, overlay::TrafficClass mark) {
    const Outcome outcome = run(frame);
    ASSERT_EQ(outcome.action, static_cast<std::uint32_t>(XDP_REDIRECT));
    const auto taken = take_apart(outcome.frame);
    ASSERT_TRUE(taken) << "a length or a checksum is wrong";
    EXPECT_EQ(taken->route.source, source);
    EXPECT_EQ(taken->route.destination, destination);
    EXPECT_EQ(taken->route.traffic_class, mark);
    EXPECT_EQ(taken->ends.source, seen.destination);
    EXPECT_EQ(taken->ends.destination, seen.source);
    EXPECT_EQ(taken->payload, payload);
  }
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

TEST_P(FlowRelay, follows_a_client_to_another_next_hop_with_its_next_frame) {
  enter_and_hear();
  const FrameEnds elsewhere{.source = {2, 0, 0, 0, 0, 7}, .destination = {2, 0, 0, 0, 0, 9}};

  (void)run(make_frame(elsewhere, {.source = client_, .destination = listener_}, channel_data("I moved")));
  const auto taken = take_apart(run(from_peer("back")).frame);

  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->ends.destination, elsewhere.source);
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

TEST_P(FlowRelay, leaves_a_flow_to_the_sockets_when_its_time_is_over) {
  RelayFlow over = flow();
  over.until = overlay::system_now() - std::chrono::milliseconds(1);
  enter(over);
  expect_left_to_sockets(from_client(channel_data("late")));
  expect_left_to_sockets(from_peer("late"));

  enter(flow());

  (void)run(from_client(channel_data("again")));
  expect_relayed_to_client(from_peer("again"), channel_data("again"));
}

TEST_P(FlowRelay, leaves_a_flow_to_the_sockets_when_its_client_left) {
  enter_and_hear();

  table_->leave(flow().client, overlay::system_now());

  expect_left_to_sockets(from_client(channel_data("gone")));
  expect_left_to_sockets(from_peer("gone"));
  EXPECT_EQ(table_->size(), 0u);
}

TEST_P(FlowRelay, keeps_a_peer_for_the_client_that_took_it_over_on_a_shared_port) {
  RelayFlow before = flow();
  before.client.client.port = 1;
  before.until = overlay::system_now() - std::chrono::milliseconds(1);
  enter(before);
  enter_and_hear();

  table_->leave(before.client, overlay::system_now());

  expect_relayed_to_client(from_peer("still"), channel_data("still"));
}

TEST_P(FlowRelay, removes_only_the_flows_that_are_chosen) {
  enter_and_hear();

  table_->leave_if([&](const RelayFlow& flow) { return flow.peer != peer_; }, overlay::system_now());
  expect_relayed_to_peer(from_client(channel_data("still")), "still");
  table_->leave_if([&](const RelayFlow& flow) { return flow.peer == peer_; }, overlay::system_now());

  expect_left_to_sockets(from_client(channel_data("no more")));
}

TEST_P(FlowRelay, tells_the_traffic_of_each_flow_once) {
  enter_and_hear();  // one datagram of the peer is relayed
  (void)run(from_client(channel_data("12345")));
  (void)run(from_client(channel_data("123")));

  table_->tell_traffic();
  table_->tell_traffic();
  EXPECT_THAT(told_flows_, ElementsAre(kChannel));
  EXPECT_EQ(told_.packets_to_peer, 2u);
  EXPECT_EQ(told_.bytes_to_peer, 8u);
  EXPECT_EQ(told_.packets_to_client, 1u);
  EXPECT_EQ(told_.bytes_to_client, std::string_view("here is the peer").size());

  (void)run(from_client(channel_data("last words")));
  table_->leave(flow().client, overlay::system_now());
  EXPECT_EQ(told_.packets_to_peer, 3u);
}

TEST_P(FlowRelay, takes_no_flow_whose_client_is_not_on_udp) {
  RelayFlow on_tcp = flow();
  on_tcp.client.transport = overlay::Transport::kTcp;

  enter(on_tcp);

  EXPECT_EQ(table_->size(), 0u);
}

TEST_P(FlowRelay, has_room_again_a_second_after_flows_left) {
  constexpr std::uint32_t kPlanes = 1'024;
  constexpr std::uint16_t kRoom = FLOW_SLOTS / kPlanes / 2;
  FlowTable table(*xdp_, 7, kPlanes);
  overlay::Instant now = overlay::system_now();
  std::uint64_t declined = 0;
  for (int round = 0; round < 3; ++round) {
    for (std::uint16_t i = 0; i <= kRoom; ++i) {
      RelayFlow each = flow();
      each.client.client.port = i;
      each.relayed.port = i;
      table.enter(each, now);
    }
    EXPECT_EQ(table.size(), kRoom);
    EXPECT_EQ(table.declined(), ++declined);

    table.leave_if([](const RelayFlow&) { return true; }, now);
    table.enter(flow(), now);
    EXPECT_EQ(table.size(), 0u) << "the program may still be at work with those that left";
    EXPECT_EQ(table.declined(), ++declined);
    now += std::chrono::seconds(1);
  }
}

INSTANTIATE_TEST_SUITE_P(Families, FlowRelay,
                         testing::Values(Addresses{"198.51.100.7:40000", "192.0.2.1:3478", "192.0.2.1:50000",
                                                   "203.0.113.9:6000"},
                                         Addresses{"[2001:db8::7]:40000", "[2001:db8:1::1]:3478",
                                                   "[2001:db8:1::1]:50000", "[2001:db8:9::9]:6000"}),
                         [](const auto& parameter) { return parameter.index == 0 ? "v4" : "v6"; });

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

INSTANTIATE_TEST_SUITE_P(Families, FlowRelayV4,
                         testing::Values(Addresses{"198.51.100.7:40000", "192.0.2.1:3478", "192.0.2.1:50000",
                                                   "203.0.113.9:6000"}));

}  // namespace
}  // namespace relay
